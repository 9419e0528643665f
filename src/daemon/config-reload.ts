import { prepareConfig, type Prepared } from '../build/prepare.js';
import { followFiles } from '../config/follow.js';
import type { Outcome } from '../controller/managed-target.js';
import { fieldsOf } from '../model/errors.js';
import type { Runtime } from '../ports/runtime.js';
import { createAdmin } from './admin.js';
import { applyConfig, logWarnings, targetNames } from './apply-config.js';
import { openManager } from './manager.js';

export interface ServeOptions {
  /** Absolute path of the config. */
  readonly file: string;
  readonly runtime: Runtime;
  /** Registers a function that asks for the config to be read again (SIGHUP). */
  readonly onReread: (reread: () => void) => void;
}

/**
 * Runs a config until `stop` aborts. It applies the new config when the file or one of its templates has changed, and at each request
 * to read it again. If the new config is wrong or cannot be applied, the error is logged and the old config runs on. A config that
 * only a full disk keeps from being applied is tried again until a newer one replaces it.
 *
 * @throws RollcallError for a first config that cannot be used
 */
export async function serve({ file, runtime, onReread }: ServeOptions, stop: AbortSignal): Promise<void> {
  const { log } = runtime;
  const rereads = createRequests(onReread, runtime.clock);
  let digests = new Map<string, string>();
  const first = await prepareConfig(file, digests);
  logWarnings(first, log);
  const made = createFirstOutcomes(first, runtime.clock);
  const manager = await openManager(first, runtime, { onOutcome: made.note });
  const { stateDir, admin: settings } = first.loaded.config;
  const admin = createAdmin(manager, stateDir, settings, runtime);
  log.info({ config: file, targets: targetNames(first) }, 'running');

  const over = new AbortController();
  const ends = AbortSignal.any([stop, over.signal]);
  const running = manager.run(stop).finally(() => {
    over.abort();
  });
  const administering = made.all(ends).then(() => admin.run(ends));
  let applying = Promise.resolve();
  let superseded = new AbortController();
  while (await waitForReread(digests, rereads.next, running, runtime, stop)) {
    const requestedAt = rereads.reset();
    digests = new Map();
    const next = await prepareConfig(file, digests).catch((error: unknown) => {
      log.error({ config: file, ...fieldsOf(error) }, 'the new config is refused, the old one runs on');
      manager.configRefused(error);
    });
    if (!next) continue;
    // A config that still waits for its new connection gives way to the newer one.
    superseded.abort();
    superseded = new AbortController();
    const signal = AbortSignal.any([stop, superseded.signal]);
    applying = applying.then(async () => {
      if (await applyConfig({ manager, next, requestedAt, runtime }, signal)) admin.use(next.loaded.config.admin);
    });
  }
  await Promise.all([running, applying, administering]);
}

/** Milliseconds after which the admin server is loaded, although some targets have had no complete pass: etcd may be away. */
const longestDelay = 1000;

/** Waits for the first passes, because loading the admin server would delay them. */
function createFirstOutcomes({ loaded }: Prepared, clock: Runtime['clock']) {
  const missing = new Set(loaded.config.targets.map(({ name }) => name));
  let resolveAll = (): void => undefined;
  const done = new Promise<void>((resolve) => (resolveAll = resolve));
  return {
    note: (target: string, { result }: Outcome): void => {
      if (result === 'waiting' || !missing.delete(target)) return;
      if (missing.size === 0) resolveAll();
    },
    async all(stop: AbortSignal): Promise<void> {
      const over = new AbortController();
      await Promise.race([done, clock.sleep(longestDelay, AbortSignal.any([stop, over.signal]))]);
      over.abort();
    },
  };
}

/** Waits until the config must be read again. False: `stop` aborted, or the manager ended by itself. */
async function waitForReread(
  digests: ReadonlyMap<string, string>,
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
      void followFiles(digests, onChange, { clock }, signal);
    });
    return await Promise.race([changed, request.then(() => true), running.then(() => false)]);
  } finally {
    over.abort();
  }
}

interface Requests {
  /** Resolves at the first request since `reset`. */
  readonly next: Promise<void>;
  /** @returns the clock time of the last request since the call before; undefined when there was none */
  reset(): number | undefined;
}

/** Requests to read the config again. */
function createRequests(onReread: ServeOptions['onReread'], clock: Runtime['clock']): Requests {
  let requestedAt: number | undefined;
  let resolveNext = (): void => undefined;
  const createNext = () => new Promise<void>((resolve) => (resolveNext = resolve));
  let next = createNext();
  onReread(() => {
    requestedAt = clock.now();
    resolveNext();
  });
  return {
    get next() {
      return next;
    },
    reset() {
      const last = requestedAt;
      requestedAt = undefined;
      next = createNext();
      return last;
    },
  };
}
