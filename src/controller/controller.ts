import { fieldsOf } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Log } from '../ports/runtime.js';
import type { Controller, ControllerOptions } from './api.js';
import { createDescriptions } from './describe-entries.js';
import { drainIo } from './drain-io.js';
import { createEntry, type Entry } from './entry.js';
import { addToHistory, beginHistory, type TargetHistory } from './history.js';
import { confirmEmptied } from './emptied.js';
import { createJudgements } from './judgements.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import { giveBack, measurePass, noteChange, takeChanges } from './measure-pass.js';
import { createQueue, type RequeueDelay } from './queue.js';
import { reconcile } from './reconcile.js';
import { standBy } from './leadership.js';
import { createReporter, type Reporter } from './report.js';
import { findUntouched } from './rest.js';
import { createResync } from './resync.js';
import { longestDelay, retryDelay } from './retry-delay.js';
import { revisionsOf } from './revisions.js';
import { createTargetIndex } from './target-index.js';
import { forgetFailures, initialState, stateAfterEdit, type TargetState } from './target-state.js';

// An abort reason keeps its stack alive, and with it the variables of the place that created it. This one keeps nothing.
const replaced = new Error('the target was replaced');

/** Results that say nothing about whether the outputs have what the view says. */
const unwritten: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['waiting', 'kept', 'stopped', 'standby']);

/**
 * The level-triggered loop: it keeps every target in step with the latest snapshot, independently of the others. A target that fails is
 * retried after a growing delay, or at once when its view changes.
 *
 * @param targets the first set
 */
export function createController(targets: readonly ManagedTarget[], options: ControllerOptions): Controller {
  const { clock, random, onOutcome, searchTime = 30_000 } = options;
  const outcomes = new Map<string, Outcome>();
  let latest: Snapshot = { sources: [], stale: false };
  let entries = new Map<string, Entry>();
  let index = createTargetIndex(targets);
  /** The names of targets that need a pass with the next snapshot of their sources, whatever their view. */
  const unsettled = new Set<string>();
  const running = new Set<string>();
  const judgements = createJudgements();
  // By name of the target: an outage does not end because the config is edited.
  const reporters = new Map<string, Reporter>();
  const histories = new Map<string, TargetHistory>();
  const brokenPass = (name: string, error: unknown): RequeueDelay => {
    unsettled.add(name);
    const measures = entries.get(name)?.measures;
    if (measures) measures.passes.failed += 1;
    logOf(name).error(fieldsOf(error), 'a pass broke off: this is a fault of rollcall itself');
    return longestDelay;
  };
  const logOf = (name: string): Log => options.log.child({ target: name });
  const pause = options.pause ?? drainIo;
  const queue = createQueue(clock, countedPass, brokenPass, pause);
  const resync = createResync({
    ...{ clock, interval: options.resyncInterval },
    names: () => entries.keys(),
    look: lookInTurn,
    isIdle: () => running.size === 0,
    pause,
  });

  function enter(managed: ManagedTarget, state: TargetState, before?: Entry, since = before?.since): Entry {
    const { name } = managed;
    unsettled.add(name);
    judgements.ask(name);
    const reporter = reporters.get(name) ?? createReporter(logOf(name), clock);
    reporters.set(name, reporter);
    reporter.expectNews();
    const history = histories.get(name) ?? beginHistory(managed.journal.record);
    histories.set(name, history);
    return createEntry({ managed, state, reporter, history, since, before });
  }

  async function countedPass(name: string, stop: AbortSignal): Promise<RequeueDelay> {
    running.add(name);
    const onJudged = judgements.begin(name);
    try {
      return await pass(name, stop, onJudged);
    } finally {
      // A pass that broke off must not keep the snapshot of all targets from the disk.
      onJudged();
      running.delete(name);
      const entry = entries.get(name);
      entry?.managed.guard?.memory.settle();
      if (entry) entry.takenUp = undefined;
      // The pass broke off.
      if (entry?.taken) giveBack(entry.times, entry.taken);
      if (entry) entry.taken = undefined;
      resync.goOn();
    }
  }

  async function pass(name: string, stop: AbortSignal, onJudged: () => void): Promise<RequeueDelay> {
    const entry = entries.get(name);
    if (!entry) return undefined;
    const { managed, state, mustObserve } = entry;
    const since = entry.since ?? entry.lookAskedAt;
    if (entry.retryAskedAt !== undefined) forgetFailures(state, entry.retryAskedAt);
    entry.takenUp = entry.since;
    entry.since = entry.lookAskedAt = entry.retryAskedAt = undefined;
    entry.mustObserve = false;
    const taken = (entry.taken = takeChanges(entry.times));
    entry.seenView = managed.view(latest);
    entry.ends ??= AbortSignal.any([stop, entry.retired.signal]);
    const leadership = managed.leader?.current();
    const delay = (attempt: number, error: Error): number => retryDelay(attempt, error, random());
    const parts = { snapshot: latest, clock, delay, mustObserve, searchTime, onJudged };
    const found =
      managed.leader && !leadership
        ? await standBy(managed, state, { ...parts, stop: entry.ends })
        : await reconcile(managed, state, {
            ...parts,
            ...(leadership && { leadership }),
            stop: leadership ? AbortSignal.any([entry.ends, leadership.signal]) : entry.ends,
          });
    const outcome: Outcome = { ...found, ...(managed.leftOut && { leftOut: managed.leftOut.counts }) };
    if (outcome.result === 'waiting' || outcome.result === 'stopped') unsettled.add(name);
    else unsettled.delete(name);
    entry.upTo = outcome.revision;
    const isWritten = state.inStep !== undefined && !unwritten.has(outcome.result);
    // What happens while another process writes the target is not this one's to measure.
    if (outcome.result !== 'standby') measurePass(entry.measures, entry.times, { outcome, taken, isWritten });
    entry.taken = undefined;
    // If the pass left work undone, keep the time of the event: the next pass then reports the whole wait.
    if (['failed', 'throttled', 'waiting', 'stopped'].includes(outcome.result)) entry.since = since ?? entry.since;
    tell(name, entry, outcome, since);
    return outcome.againInMs;
  }

  function tell(name: string, { managed, reporter, history }: Entry, outcome: Outcome, since?: number): void {
    reporter.report(outcome, since, managed.leftOut);
    // The views of a change would keep instances in memory that are gone.
    const { views: _, ...kept } = outcome;
    outcomes.set(name, kept);
    const { reloadPending, step } = managed.journal.record;
    addToHistory(history, kept, managed.reload !== undefined && reloadPending && step !== 'none', clock);
    onOutcome?.(name, outcome);
  }

  /** A target that is being replaced is not enqueued: `replace` enqueues its successor. */
  function enqueue(name: string, { retired }: Entry): void {
    if (!retired.signal.aborted) queue.add(name);
  }

  /** A view that cannot be made is looked at by a pass, which isolates and reports the failure. */
  function hasNewView({ managed, seenView }: Entry): boolean {
    try {
      return managed.view(latest) !== seenView;
    } catch {
      return true;
    }
  }

  /**
   * Enqueues the target if it needs a pass with the latest snapshot. It computes no view for a target that is enqueued anyway: in a storm, few
   * of these views would be used.
   */
  function takeSnapshot(name: string, before: Snapshot, at: number, isCertain: boolean): void {
    const entry = entries.get(name);
    if (!entry || !(isCertain || queue.has(name) || hasNewView(entry))) return;
    if (!queue.has(name) && !running.has(name)) entry.upTo = revisionsOf(before, entry.managed.sources);
    entry.since ??= at;
    noteChange(entry.times, at);
    judgements.ask(name);
    enqueue(name, entry);
  }

  function observeAgain(name: string): void {
    const entry = entries.get(name);
    if (!entry) return;
    entry.mustObserve = true;
    enqueue(name, entry);
  }

  function lookInTurn(name: string): boolean {
    const entry = entries.get(name);
    if (!entry) return true;
    entry.measures.resyncs.interval += 1;
    const isBusy = queue.has(name) || running.has(name);
    const outcome = isBusy ? undefined : findUntouched(entry.managed, entry.state, latest);
    if (!outcome) {
      observeAgain(name);
      return false;
    }
    const { leftOut } = entry.managed;
    tell(name, entry, { ...outcome, ...(leftOut && { leftOut: leftOut.counts }) });
    return true;
  }

  function retryAll(askedAt: number): void {
    for (const [name, entry] of entries) retryOne(name, entry, askedAt);
  }

  /** @param confirmedAt the clock time by which an operator knew of kept outputs and confirms them. Default: none are confirmed */
  function retryOne(name: string, entry: Entry, askedAt: number, confirmedAt = askedAt): void {
    entry.retryAskedAt = Math.max(entry.retryAskedAt ?? -Infinity, confirmedAt);
    entry.reporter.expectNews();
    entry.lookAskedAt ??= askedAt;
    entry.measures.resyncs.asked += 1;
    observeAgain(name);
  }

  async function release(name: string, service?: string): Promise<number | undefined> {
    const entry = entries.get(name);
    if (!entry) return undefined;
    const { guard } = entry.managed;
    const released = guard?.memory.release(service) ?? 0;
    if (service === undefined) confirmEmptied(entry.state.emptiness, clock.now());
    entry.since ??= clock.now();
    try {
      if (guard && released > 0) await guard.memory.save();
    } finally {
      observeAgain(name);
    }
    return released;
  }

  async function replace(keep: ReadonlySet<string>, next: () => Promise<readonly ManagedTarget[]>): Promise<void> {
    const at = clock.now();
    const retired = [...entries.values()].filter(({ managed: { name } }) => !keep.has(name));
    for (const entry of retired) entry.retired.abort(replaced);
    await Promise.all(retired.map(({ managed: { name } }) => queue.remove(name)));
    try {
      const taken = (await next()).map((managed): [string, Entry] => {
        const before = entries.get(managed.name);
        const state = before ? stateAfterEdit(before.state) : initialState(managed.journal.record, clock);
        return [managed.name, enter(managed, state, before, before?.since ?? at)];
      });
      entries = new Map([...[...entries].filter(([name]) => keep.has(name)), ...taken]);
      for (const known of [outcomes, reporters, histories])
        for (const name of known.keys()) if (!entries.has(name)) known.delete(name);
      for (const name of unsettled) if (!entries.has(name)) unsettled.delete(name);
      judgements.keep(entries);
    } catch (error) {
      const restored = retired.map((entry): [string, Entry] => [
        entry.managed.name,
        enter(entry.managed, entry.state, entry),
      ]);
      entries = new Map([...entries, ...restored]);
      throw error;
    } finally {
      index = createTargetIndex(Array.from(entries.values(), ({ managed }) => managed));
      for (const [name, entry] of entries) if (!keep.has(name)) enqueue(name, entry);
    }
  }

  const descriptions = createDescriptions({
    ...{ outcomes, clock, entry: (name) => entries.get(name), latest: () => latest },
    isBusy: (name) => running.has(name) || queue.has(name),
  });

  for (const managed of targets) entries.set(managed.name, enter(managed, initialState(managed.journal.record, clock)));
  return {
    get snapshot() {
      return latest;
    },
    outcomes,
    retry: retryAll,
    leaderChanged() {
      for (const [name, { managed }] of entries) if (managed.leader) observeAgain(name);
    },
    release,
    replace,
    ...descriptions,
    resync(name) {
      const entry = entries.get(name);
      if (entry) retryOne(name, entry, clock.now(), -Infinity);
      return entry !== undefined;
    },
    measureQueue: () => queue.measure(),
    update(snapshot, at, source) {
      const before = latest;
      latest = snapshot;
      if (source === undefined) {
        for (const name of entries.keys()) takeSnapshot(name, before, at, true);
        return;
      }
      const { targets: touched, isCertain } = index.find(before, snapshot, source);
      const waiting = new Set([...unsettled].filter((name) => entries.get(name)?.managed.sources.includes(source)));
      for (const name of waiting) takeSnapshot(name, before, at, true);
      for (const name of touched) if (!waiting.has(name)) takeSnapshot(name, before, at, isCertain);
    },
    judged: () => judgements.settled(),
    async run(signal) {
      await Promise.all([queue.run(signal), resync.run(signal)]);
      judgements.end();
    },
  };
}
