import { withDeadline } from '../../model/deadline.js';
import { messageOf, RollcallError } from '../../model/errors.js';
import type { LiveResult, LiveUpdate, Reload } from '../../ports/reload.js';
import type { Clock } from '../../ports/runtime.js';
import type { Worker } from './answers.js';
import { changeServers } from './change-servers.js';
import { showAddress, type AdminAddress } from './connection.js';
import { isSame, loadedWith, meet, recordOf, type Loaded } from './loaded.js';
import { createQuestions } from './questions.js';
import type { RecordFile } from './record.js';
import { readWanted, whyReload, type Reading, type Wanted } from './wanted.js';
import { digestOptions } from './wanted.js';

export interface LiveUpdateOptions extends Reading {
  readonly address: AdminAddress;
  /** Milliseconds for one update. */
  readonly timeout: number;
  readonly record: RecordFile;
  readonly clock: Clock;
}

/** Updates a HAProxy through its admin socket, and watches over its reloads. */
export interface HaproxyRuntime {
  readonly live: LiveUpdate;
  /**
   * The reload, acknowledged when another process answers at the admin socket: until then the old process would take changes that the new
   * one does not know. When nothing answers before the reload, the reload is acknowledged as it is.
   *
   * @param timeout milliseconds to wait for the new process
   */
  watchOver(reload: Reload, timeout: number): Reload;
}

/** Milliseconds after a change until the process is looked at again: another program may just then have reloaded HAProxy. */
const secondLook = 2000;
/** Milliseconds until a server with open connections is tried again; each time twice as long. */
const removal = { first: 500, longest: 10_000 };
/** Milliseconds between two looks for the new process after a reload, and for one answer to it. */
const [successorPause, successorAnswer] = [50, 2000];

export function createHaproxyRuntime(options: LiveUpdateOptions): HaproxyRuntime {
  const { address, timeout, record, clock } = options;
  let hasSecret = false;
  const questions = createQuestions(address, () => hasSecret);
  const where = showAddress(address);
  const late = (): RollcallError =>
    new RollcallError('HAPROXY_UNREACHABLE', `admin socket ${where}: not all answers came within ${timeout} ms`);
  /** The files as last read. */
  let present: Wanted | undefined;
  let loaded: Loaded | undefined;
  /** The files that `loaded` was last found or made in step with. */
  let inStep: Wanted | undefined;
  /** The process that the last reload has replaced. */
  let left: Worker | undefined;
  /** By backend, the number of servers that wait for their connections to end. */
  let leaving = new Map<string, number>();
  let pause = removal.first;
  let dueAt = Infinity;
  /** Why the last reload was needed, before and after it was acknowledged. */
  let [reason, helpless]: [string | undefined, string | undefined] = [undefined, undefined];

  function forget(): void {
    loaded = inStep = undefined;
    leaving = new Map();
    pause = removal.first;
  }

  async function findProcess(signal: AbortSignal) {
    // On a TCP address, the old process may take a connection while it closes.
    for (let attempts = 0; ; attempts += 1) {
      const info = await questions.info(signal);
      if (!isSame(info.worker, left) || isSame(info.worker, loaded?.worker) || attempts >= 10) return info;
      await clock.sleep(successorPause, signal);
      signal.throwIfAborted();
    }
  }

  async function update(
    wanted: Wanted,
    { isPending, isWhole }: { readonly isPending: boolean; readonly isWhole: boolean },
    signal: AbortSignal,
  ): Promise<LiveResult> {
    const info = await findProcess(signal);
    if (!isSame(info.worker, loaded?.worker)) {
      forget();
      const met = await meet(info, wanted, { record, isPending });
      if (typeof met === 'string') return { kind: 'reload', reason: met, isRefused: false };
      loaded = met;
    }
    const process = loaded;
    if (!process) throw new TypeError('the process was not met');
    const why = whyReload(process.wanted, wanted);
    const all = isWhole || !inStep || why !== undefined;
    // While a reload waits or fails, the servers of the backends that stay are kept in step all the same.
    const touched = (all ? [...wanted.backends.keys()] : changedSince(inStep ?? wanted, wanted)).filter(
      (name) => why === undefined || process.wanted.backends.has(name),
    );
    await saveOptions(process, touched, wanted);
    inStep = undefined;
    const { changed, obstacles, refusals } = await changeServers(
      questions,
      { process, wanted, leaving, info },
      touched,
      signal,
    );
    const [first] = [...refusals, ...obstacles];
    if (first !== undefined) {
      const more = refusals.length + obstacles.length - 1;
      return {
        kind: 'reload',
        reason: more > 0 ? `${first} (and ${more} more)` : first,
        isRefused: refusals.length > 0,
      };
    }
    if (why !== undefined) return { kind: 'reload', reason: why, isRefused: false };
    process.wanted = inStep = wanted;
    helpless = undefined;
    const waiting = [...leaving.values()].reduce((sum, count) => sum + count, 0);
    if (waiting === 0) pause = removal.first;
    dueAt = waiting > 0 ? clock.now() + pause : changed > 0 ? clock.now() + secondLook : Infinity;
    if (waiting > 0) pause = Math.min(pause * 2, removal.longest);
    return { kind: 'in-step', changed };
  }

  function changedSince(before: Wanted, wanted: Wanted): string[] {
    const names: string[] = [];
    for (const [name, section] of wanted.backends)
      if (before.backends.get(name) !== section || leaving.has(name)) names.push(name);
    return names;
  }

  /** The record says with which options servers are there: a restart must not believe an older one. */
  async function saveOptions(process: Loaded, touched: readonly string[], wanted: Wanted): Promise<void> {
    const setOf = ({ backends }: Wanted, name: string): string =>
      [...(backends.get(name)?.optionSets ?? [])].sort().join('\n');
    if (touched.every((name) => setOf(process.wanted, name) === setOf(wanted, name))) return;
    const digest = digestOptions(wanted);
    if (digest === process.digest) return;
    process.digest = digest;
    await record.write(recordOf(process));
  }

  async function successorOf(before: Worker, limit: number): Promise<Worker> {
    const end = clock.now() + limit;
    for (;;) {
      const left = end - clock.now();
      const found = await withDeadline({ timeout: Math.min(Math.max(left, 1), successorAnswer), clock }, (signal) =>
        questions.info(signal),
      ).catch(() => undefined);
      if (found && !isSame(found.worker, before)) return found.worker;
      if (clock.now() + successorPause >= end)
        throw new RollcallError(
          'RELOAD_FAILED',
          `Reload: the command was accepted, but ${limit} ms later ${found ? `process ${before.pid} still answers` : 'nothing answers'} at the admin socket ${where}`,
          {
            hint: 'Look at the log of HAProxy: the new process may have failed to start. If HAProxy runs without this admin socket, correct `haproxyRuntime`. rollcall tries the reload again.',
          },
        );
      await clock.sleep(successorPause);
    }
  }

  return {
    live: {
      describe: `admin socket ${where}`,
      get dueAt() {
        return dueAt;
      },
      get leaving() {
        return [...leaving.values()].reduce((sum, count) => sum + count, 0);
      },
      async run(outputs, facts) {
        dueAt = Infinity;
        hasSecret = outputs.some(({ secret }) => secret);
        const wanted = (present = readWanted(outputs, options, present));
        let result: LiveResult;
        try {
          result = await withDeadline({ timeout, clock, late }, (signal) => update(wanted, facts, signal));
        } catch (error) {
          inStep = undefined;
          const problem = messageOf(error);
          if (!facts.isPending) return { kind: 'in-step', changed: 0, problem };
          result = { kind: 'reload', reason: problem, isRefused: true };
        }
        if (result.kind === 'in-step') return result;
        reason = result.reason;
        return !facts.isPending && reason === helpless
          ? { kind: 'in-step', changed: 0, problem: `${reason}; a reload has not changed that` }
          : result;
      },
    },
    watchOver: (reload, limit) => ({
      describe: reload.describe,
      async run(context, signal) {
        const before = await withDeadline({ timeout: Math.min(timeout, successorAnswer), clock }, (late) =>
          questions.info(late),
        ).catch(() => undefined);
        const replaced = loaded;
        left = before?.worker;
        forget();
        // Without a record, or with an old one that cannot be removed, the next process counts as unknown: that costs one more reload.
        await record.write(undefined).catch(() => undefined);
        try {
          await reload.run(context, signal);
          const worker = left && (await successorOf(left, limit));
          if (worker && present) loaded = loadedWith(present, worker);
        } catch (error) {
          // The old process may stay. If it does not, it is not the one that answers next.
          loaded = replaced;
          throw error;
        } finally {
          if (loaded) await record.write(recordOf(loaded)).catch(() => undefined);
        }
        helpless = reason;
        // What the new process has may differ: it may have loaded the states of servers from before.
        dueAt = clock.now();
      },
    }),
  };
}
