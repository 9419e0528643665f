import { prepareConfig, type Prepared } from '../build/prepare.js';
import { followFiles } from '../config/follow.js';
import { fieldsOf } from '../model/errors.js';
import type { Log, Runtime } from '../ports.js';
import { openManager, type Manager } from './manager.js';

export interface ServeOptions {
  /** Absolute path of the config. */
  readonly file: string;
  readonly runtime: Runtime;
  /** Registers a function that asks for the config to be read again (SIGHUP). */
  readonly onReread: (reread: () => void) => void;
}

/**
 * Runs a config until `stop` aborts. It takes up a new one when the file, or a template that it names, has changed, or when it is
 * asked to. A new config that is wrong, or that cannot be taken up, is refused with its error, and the old one runs on.
 *
 * @throws RollcallError for a first config that cannot be used
 */
export async function serve({ file, runtime, onReread }: ServeOptions, stop: AbortSignal): Promise<void> {
  const { log } = runtime;
  const rereads = createRequests(onReread);
  let seen = new Map<string, string>();
  const first = await prepareConfig(file, seen);
  logWarnings(first, log);
  const manager = await openManager(first, runtime);
  log.info({ config: file, targets: namesOf(first) }, 'running');

  const running = manager.run(stop);
  let taking = Promise.resolve();
  let superseded = new AbortController();
  while (await hasNews(seen, rereads.next, running, runtime, stop)) {
    const isAsked = rereads.reset();
    seen = new Map();
    const next = await prepareConfig(file, seen).catch((error: unknown) => {
      log.error({ config: file, ...fieldsOf(error) }, 'the new config is refused, the old one runs on');
    });
    if (!next) continue;
    // One that still waits for its connection is given up for the newer one.
    superseded.abort();
    superseded = new AbortController();
    const signal = AbortSignal.any([stop, superseded.signal]);
    taking = taking.then(() => take(manager, next, { log, isAsked }, signal));
  }
  await Promise.all([running, taking]);
}

async function take(
  manager: Manager,
  next: Prepared,
  { log, isAsked }: { readonly log: Log; readonly isAsked: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  try {
    await manager.apply(next, signal);
    if (isAsked) manager.retry();
    log.info({ targets: namesOf(next) }, 'the new config is in force');
    logWarnings(next, log);
  } catch (error) {
    if (!isAborted(signal)) log.error(fieldsOf(error), 'the new config cannot be taken up, the old one runs on');
  }
}

/** Asked anew, because the signal may abort meanwhile. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** False when `stop` aborted, or the manager ended by itself. */
async function hasNews(
  seen: ReadonlyMap<string, string>,
  request: Promise<void>,
  running: Promise<void>,
  { clock, log }: Runtime,
  stop: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  try {
    const changed = new Promise<true>((resolve) => {
      const onChange = (files: readonly string[]): void => {
        log.info({ files }, 'config files changed');
        resolve(true);
      };
      void followFiles(seen, onChange, { clock }, signal);
    });
    return await Promise.race([changed, request.then(() => true), running.then(() => false)]);
  } finally {
    over.abort();
  }
}

interface Requests {
  /** Resolves at the first request since `reset`. */
  readonly next: Promise<void>;
  /** @returns whether there was a request since the last call */
  reset(): boolean;
}

/** Requests to read the config again. */
function createRequests(onReread: ServeOptions['onReread']): Requests {
  let isAsked = false;
  let resolveNext = (): void => undefined;
  const expect = () => new Promise<void>((resolve) => (resolveNext = resolve));
  let next = expect();
  onReread(() => {
    isAsked = true;
    resolveNext();
  });
  return {
    get next() {
      return next;
    },
    reset() {
      const wasAsked = isAsked;
      isAsked = false;
      next = expect();
      return wasAsked;
    },
  };
}

function namesOf({ loaded }: Prepared): string[] {
  return loaded.config.targets.map(({ name }) => name);
}

function logWarnings({ loaded }: Prepared, log: Log): void {
  for (const { file, line, column, message } of loaded.warnings) log.warn({ at: `${file}:${line}:${column}` }, message);
}
