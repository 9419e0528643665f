import { clip } from '../model/key-prefix.js';
import type { Log } from '../ports/runtime.js';

/** At most this many keys are named in a line. */
const maxKeys = 5;

/** Takes the registrations without a lease after each snapshot of a source. */
export type LeaseReport = (leaseless: ReadonlySet<string>) => void;

/**
 * Warns when a source begins to have registrations without a lease, and says when there are none any more. Their number may change in
 * between without a line.
 */
export function createLeaseReport(log: Log): LeaseReport {
  let hasWarned = false;
  return (leaseless) => {
    if (hasWarned === leaseless.size > 0) return;
    hasWarned = leaseless.size > 0;
    if (hasWarned)
      log.warn(
        { leaseless: leaseless.size, examples: firstOf(leaseless) },
        `${describeLeaseless(leaseless.size)}: register with a lease, or delete the keys; \`requireLease: true\` rejects them`,
      );
    else log.info({}, 'no accepted registration is without a lease now');
  };
}

/** The finding in one sentence, without a full stop. */
export function describeLeaseless(count: number): string {
  return `${count} registration${count === 1 ? ' has no lease and stays when its registrant dies' : 's have no lease and stay when their registrants die'}`;
}

function firstOf(keys: ReadonlySet<string>): string[] {
  const first: string[] = [];
  for (const key of keys) {
    if (first.length === maxKeys) break;
    first.push(clip(key));
  }
  return first;
}
