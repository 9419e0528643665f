import type { Prepared } from '../build/prepare.js';
import { backoffDelay } from '../model/backoff.js';
import { fieldsOf, messageOf } from '../model/errors.js';
import { isDiskFull } from '../model/file-error.js';
import { createOutage } from '../model/outage.js';
import type { Log, Runtime } from '../ports/runtime.js';
import type { Manager } from './manager-api.js';

export interface NewConfig {
  readonly manager: Pick<Manager, 'apply' | 'retry' | 'configRefused'>;
  readonly next: Prepared;
  /** Clock time at which an operator asked for it: then failed and refused changes are tried again, too. Undefined: the file has changed. */
  readonly requestedAt: number | undefined;
  readonly runtime: Pick<Runtime, 'clock' | 'random' | 'log'>;
}

/** Delays in milliseconds before a config is tried again that a full disk has kept from being applied. */
const retry = { base: 500, cap: 5000 };

/**
 * Applies a new config, and logs that it is in force, or why it is not: then the old one runs on. A full disk is waited for, until `signal`
 * aborts: without a further edit, no other event would apply the config. Never rejects.
 *
 * @returns whether it is in force
 */
export async function applyConfig(
  { manager, next, requestedAt, runtime }: NewConfig,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, random, log } = runtime;
  const outage = createOutage();
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await manager.apply(next, signal);
      if (requestedAt !== undefined) manager.retry(requestedAt);
      const ended = outage.end(clock.now());
      log.info({ targets: targetNames(next), ...ended }, 'the new config is in force');
      logWarnings(next, log);
      return true;
    } catch (error) {
      if (isAborted(signal)) return false;
      if (!isDiskFull(error)) {
        log.error(fieldsOf(error), 'the new config cannot be applied, the old one runs on');
        manager.configRefused(error);
        return false;
      }
      const retryInMs = Math.round(backoffDelay(attempt, retry, random()));
      const mention = outage.fail(messageOf(error), clock.now());
      if (mention)
        log.error(
          { ...fieldsOf(error), ...mention, retryInMs },
          'the new config cannot be applied until the disk has room, the old one runs on',
        );
      await clock.sleep(retryInMs, signal);
    }
  }
  return false;
}

/** A function, because TypeScript assumes that the first look at `signal.aborted` still holds after an `await`. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

export function targetNames({ loaded }: Prepared): string[] {
  return loaded.config.targets.map(({ name }) => name);
}

export function logWarnings({ loaded }: Prepared, log: Log): void {
  for (const { file, line, column, message } of loaded.warnings) log.warn({ at: `${file}:${line}:${column}` }, message);
}
