import { fieldsOf } from '../model/errors.js';
import { identifyQuarantine } from '../model/quarantine.js';
import type { Quarantine } from '../model/view.js';
import type { Log } from '../ports.js';
import type { Outcome } from './managed-target.js';

/**
 * Logs one line per outcome: what changed, at which revisions, and how many milliseconds after the event (`since`, a clock time). An
 * outcome `in-step` or `stopped` is logged at `debug` only. The same waiting, refusal or failure as `before` is not logged again.
 */
export function reportOutcome(
  log: Log,
  outcome: Outcome,
  before: Outcome | undefined,
  since: number | undefined,
): void {
  const after = (at: number | undefined) => (at === undefined || since === undefined ? undefined : round(at - since));
  const { created, updated, deleted, bytes } = outcome.changed;
  const fields = {
    result: outcome.result,
    revision: outcome.revision,
    ...(created + updated + deleted > 0 && { created, updated, deleted, bytes }),
    ...(outcome.swappedAt !== undefined && { swapMs: after(outcome.swappedAt) }),
    ...(outcome.reloadedAt !== undefined && { reloadMs: after(outcome.reloadedAt) }),
    ...(outcome.againInMs !== undefined && {
      [outcome.result === 'failed' ? 'retryInMs' : 'againInMs']: round(outcome.againInMs),
    }),
  };
  for (const caveat of outcome.caveats) log.warn({ revision: outcome.revision }, caveat);
  reportQuarantine(log, outcome, before);
  switch (outcome.result) {
    case 'changed':
      log.info(fields, 'outputs changed');
      return;
    case 'reloaded':
      log.info(
        fields,
        outcome.swappedAt === undefined ? 'pending reload acknowledged' : 'outputs changed and reloaded',
      );
      return;
    case 'throttled':
      log.info(fields, outcome.swappedAt === undefined ? 'reload pending' : 'outputs changed, reload pending');
      return;
    case 'waiting':
      if (before?.result !== 'waiting' || before.reason !== outcome.reason)
        log.info({ ...fields, reason: outcome.reason }, 'waiting');
      return;
    case 'refused':
      if (outcome.error || before?.result !== 'refused')
        log.error({ ...fields, ...problem(outcome) }, 'the new outputs were refused, the old ones stay');
      else if (outcome.reloadedAt !== undefined) log.info(fields, 'pending reload acknowledged');
      return;
    case 'failed':
      if (!outcome.isRepeated) log.error({ ...fields, ...problem(outcome) }, 'failed');
      else if (outcome.reloadedAt !== undefined) log.info(fields, 'pending reload acknowledged');
      return;
    case 'in-step':
    case 'stopped':
      log.debug(fields, outcome.result);
  }
}

/** Logs each instance, host name or service once when it goes into quarantine, and once when it comes out. */
function reportQuarantine(log: Log, outcome: Outcome, before: Outcome | undefined): void {
  if (outcome.result === 'waiting' || outcome.result === 'stopped') return;
  const known = new Map(before?.quarantined.map((entry) => [identifyQuarantine(entry), entry]));
  for (const entry of outcome.quarantined) {
    if (known.delete(identifyQuarantine(entry))) continue;
    log.warn({ ...namesOf(entry), reason: entry.reason }, 'quarantined');
  }
  for (const entry of known.values()) log.info(namesOf(entry), 'out of quarantine');
}

function namesOf({ service, instance, hostName }: Quarantine): object {
  return { service, ...(instance && { key: instance.key }), ...(hostName !== undefined && { hostName }) };
}

function problem({ error, reason }: Outcome): object {
  return error ? fieldsOf(error) : { reason };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
