import { identifyQuarantine } from '../model/quarantine.js';
import type { Quarantine } from '../model/view.js';
import type { Log } from '../ports/runtime.js';
import type { Outcome } from './managed-target.js';

/** Logs each instance, host name or service once when it goes into quarantine, and once when it comes out. */
export function createQuarantineReport(log: Log): (outcome: Outcome) => void {
  let reported: readonly Quarantine[] = [];
  return ({ result, quarantined }) => {
    if (result === 'waiting' || result === 'stopped' || quarantined === reported) return;
    const known = new Map(reported.map((entry) => [identifyQuarantine(entry), entry]));
    for (const entry of quarantined) {
      if (known.delete(identifyQuarantine(entry))) continue;
      log.warn({ ...namesOf(entry), reason: entry.reason }, 'quarantined');
    }
    for (const entry of known.values()) log.info(namesOf(entry), 'out of quarantine');
    reported = quarantined;
  };
}

function namesOf({ service, instance, hostName }: Quarantine): object {
  return { service, ...(instance && { key: instance.key }), ...(hostName !== undefined && { hostName }) };
}
