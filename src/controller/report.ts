import { fieldsOf } from '../model/errors.js';
import type { Log } from '../ports.js';
import type { Outcome } from './part.js';

/**
 * One line per outcome that a person would want to know of: what changed, at which revisions, how many milliseconds
 * after the event that asked for it (`since`, a clock time). Being in step, or waiting for the same thing as before, is
 * no news.
 *
 * @param retryInMs when a failed pass will be tried again by itself
 */
export function report(
  log: Log,
  outcome: Outcome,
  before: Outcome | undefined,
  since: number | undefined,
  retryInMs: number | undefined,
): void {
  const after = (at: number | undefined) => (at === undefined || since === undefined ? undefined : round(at - since));
  const { created, updated, deleted, bytes } = outcome.changed;
  const fields = {
    result: outcome.result,
    revision: outcome.revision,
    ...(created + updated + deleted > 0 && { created, updated, deleted, bytes }),
    ...(outcome.swappedAt !== undefined && { swapMs: after(outcome.swappedAt) }),
    ...(outcome.reloadedAt !== undefined && { reloadMs: after(outcome.reloadedAt) }),
    ...(outcome.againInMs !== undefined && { againInMs: round(outcome.againInMs) }),
  };
  for (const caveat of outcome.caveats) log.warn({ revision: outcome.revision }, caveat);
  reportQuarantine(log, outcome, before);
  switch (outcome.result) {
    case 'changed':
      log.info(fields, 'outputs changed');
      return;
    case 'reloaded':
      log.info(fields, outcome.swappedAt === undefined ? 'owed reload acknowledged' : 'outputs changed and reloaded');
      return;
    case 'throttled':
      log.info(fields, outcome.swappedAt === undefined ? 'reload owed' : 'outputs changed, reload owed');
      return;
    case 'waiting':
      if (before?.result !== 'waiting' || before.reason !== outcome.reason)
        log.info({ ...fields, reason: outcome.reason }, 'waiting');
      return;
    case 'refused':
      if (outcome.error || before?.result !== 'refused')
        log.error({ ...fields, ...problem(outcome) }, 'the new outputs were refused, the old ones stay');
      else if (outcome.reloadedAt !== undefined) log.info(fields, 'owed reload acknowledged');
      return;
    case 'failed':
      log.error(
        { ...fields, ...problem(outcome), ...(retryInMs !== undefined && { retryInMs: round(retryInMs) }) },
        'failed',
      );
      return;
    case 'in-step':
    case 'stopped':
      log.debug(fields, outcome.result);
  }
}

/** Each instance or service is named once, when it goes into quarantine, and again when it is out. */
function reportQuarantine(log: Log, outcome: Outcome, before: Outcome | undefined): void {
  if (outcome.result === 'waiting' || outcome.result === 'stopped') return;
  const name = ({ service, instance }: Outcome['quarantined'][number]) =>
    instance ? `${service}/${instance.id}` : service;
  const known = new Set(before?.quarantined.map(name));
  for (const entry of outcome.quarantined) {
    if (known.delete(name(entry))) continue;
    log.warn(
      { service: entry.service, ...(entry.instance && { key: entry.instance.key }), reason: entry.reason },
      'quarantined',
    );
  }
  for (const gone of known) log.info({ was: gone }, 'out of quarantine');
}

function problem({ error, reason }: Outcome): object {
  return error ? fieldsOf(error) : { reason };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
