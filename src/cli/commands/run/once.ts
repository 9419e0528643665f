import { RollcallError } from '../../../model/errors.js';
import { describeCounts } from '../../../model/left-out.js';
import type { OnceTarget } from '../../../daemon/run-once.js';
import { printable } from '../../terminal/escape.js';

/** The result of a target for `run --once`: `web: changed (1 created, 2 updated), reloaded`. The log has the reasons. */
export function describeTarget(end: OnceTarget): string {
  const words = [
    countChanges(end.changed),
    problemOf(end),
    ...(end.reloaded ? ['reloaded'] : []),
    ...(end.reloadPending ? ['reload pending'] : []),
    ...countLeftOut(end.outcome),
    ...countHeld(end.outcome),
  ];
  return printable(`${end.target}: ${words.filter((word) => word !== undefined).join(', ')}`);
}

/** What the guard holds is not in etcd. */
function countHeld(outcome: OnceTarget['outcome']): string[] {
  const held = outcome?.guard?.holds.length ?? 0;
  return held > 0 ? [`${held} held: correct the source, or confirm with --allow-empty`] : [];
}

/** `3 left out (1 quarantined, 2 critical)`. */
function countLeftOut(outcome: OnceTarget['outcome']): string[] {
  const quarantined = outcome?.quarantined.length ?? 0;
  const counts = { ...(quarantined > 0 && { quarantined }), ...outcome?.leftOut };
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return total > 0 ? [`${total} left out (${describeCounts(counts)})`] : [];
}

function countChanges(changed: OnceTarget['changed']): string | undefined {
  const counts = Object.entries(changed).filter(([, count]) => count > 0);
  return counts.length === 0 ? undefined : `changed (${counts.map(([how, count]) => `${count} ${how}`).join(', ')})`;
}

/** The problem of the target, or `in step` when there was none and nothing has changed. */
function problemOf({ outcome, changed, refusal }: OnceTarget): string | undefined {
  if (refusal !== undefined) return `not made (${refusal.code}): etcd refuses a source of it`;
  switch (outcome?.result) {
    case 'refused':
      return 'refused, the old outputs stay';
    case 'kept':
      return `kept, because its view is empty: ${outcome.reason ?? ''}; correct the source, or confirm with --allow-empty`;
    case 'failed':
      return `failed${outcome.error instanceof RollcallError ? ` (${outcome.error.code})` : ''}`;
    case undefined:
    case 'waiting':
      return `not made${outcome?.reason === undefined ? '' : `: ${outcome.reason}`}`;
    case 'stopped':
      return 'not made: stopped';
    case 'standby':
      return 'not made: another process is the leader';
    case 'in-step':
    case 'changed':
    case 'reloaded':
    case 'updated':
    case 'throttled':
      return countChanges(changed) === undefined ? 'in step' : undefined;
  }
}
