import { followFiles } from '../config/follow.js';
import { fieldsOf } from '../model/errors.js';
import type { Log } from '../ports.js';
import { openApp, type App } from './daemon.js';
import { prepareConfig, type Prepared } from '../build/prepare.js';
import type { Runtime } from '../ports.js';

export interface ServeOptions {
  /** Absolute path of the config. */
  readonly file: string;
  readonly runtime: Runtime;
  /** Calls back whenever somebody asks for the config to be read anew (SIGHUP). */
  readonly onReread: (reread: () => void) => void;
}

/**
 * Runs a config until `stop` aborts, and takes up a new one when the file, or a template that it names, changes or when
 * it is asked to. A new config that is wrong is refused with its error, and the old one runs on.
 *
 * @throws RollcallError for a first config that cannot be used
 */
export async function serve({ file, runtime, onReread }: ServeOptions, stop: AbortSignal): Promise<void> {
  const { log } = runtime;
  let asked = false;
  let wake = (): void => undefined;
  onReread(() => {
    asked = true;
    wake();
  });

  let seen = new Map<string, string>();
  let prepared = await prepareConfig(file, seen);
  warn(prepared, log);
  let app = await openApp(prepared, runtime);
  log.info({ config: file, targets: prepared.loaded.config.targets.map(({ name }) => name) }, 'running');
  for (;;) {
    const generation = new AbortController();
    const running = app.run(AbortSignal.any([stop, generation.signal]));
    let next: Prepared | undefined;
    try {
      while (next === undefined && !stop.aborted) {
        const call = new Promise<void>((resolve) => {
          wake = resolve;
          if (asked) resolve();
        });
        if (!(await newsOf(seen, call, running, runtime, stop))) break;
        asked = false;
        seen = new Map();
        next = await prepareConfig(file, seen).catch((error: unknown) => {
          log.error({ config: file, ...fieldsOf(error) }, 'the new config is refused, the old one runs on');
          return undefined;
        });
      }
    } finally {
      generation.abort();
    }
    await running;
    if (stop.aborted || next === undefined) return;
    const before = { prepared, owned: app.owned() };
    ({ app, prepared } = await succeed(next, prepared, before.owned, runtime));
    if (prepared === before.prepared) continue;
    warn(prepared, log);
    reportRemoved(before.owned, prepared, log);
  }
}

/** False when `stop` aborted, or the app ended by itself. */
async function newsOf(
  seen: ReadonlyMap<string, string>,
  call: Promise<void>,
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
    return await Promise.race([changed, call.then(() => true), running.then(() => false)]);
  } finally {
    over.abort();
  }
}

/** The new config's app; the old one's again, if what surrounds the new config (its stateDir, say) does not let it start. */
async function succeed(
  next: Prepared,
  old: Prepared,
  vouched: ReadonlyMap<string, readonly string[]>,
  runtime: Runtime,
): Promise<{ app: App; prepared: Prepared }> {
  const { log } = runtime;
  try {
    const app = await openApp(next, runtime, { vouched });
    log.info({ targets: next.loaded.config.targets.map(({ name }) => name) }, 'the new config is in force');
    return { app, prepared: next };
  } catch (error) {
    log.error(fieldsOf(error), 'the new config cannot be started, the old one runs on');
    return { app: await openApp(old, runtime, { vouched }), prepared: old };
  }
}

function reportRemoved(owned: ReadonlyMap<string, readonly string[]>, { loaded }: Prepared, log: Log): void {
  const names = new Set(loaded.config.targets.map(({ name }) => name));
  for (const [target, outputs] of owned) {
    if (names.has(target) || outputs.length === 0) continue;
    log.warn({ target, outputs }, 'the target is no longer in the config: its outputs are left as they are');
  }
}

function warn({ loaded }: Prepared, log: Log): void {
  for (const { file, line, column, message } of loaded.warnings) log.warn({ at: `${file}:${line}:${column}` }, message);
}
