import { describeCounts, type LeftOut } from '../model/left-out.js';
import type { Log } from '../ports/runtime.js';
import type { Outcome } from './managed-target.js';
import { listNames, nameInstance } from './names.js';

/** Logs how many instances a target leaves out, and why, when a number changes; at debug, which ones are new. A target that no change touches has no line before its next pass. */
export function createLeftOutReport(log: Log): (outcome: Outcome, leftOut: LeftOut | undefined) => void {
  let reported: LeftOut['counts'] = {};
  return ({ result }, leftOut) => {
    if (leftOut === undefined || result === 'waiting' || result === 'stopped') return;
    const { counts } = leftOut;
    const [before, now] = counts === reported ? ['', ''] : [describeCounts(reported), describeCounts(counts)];
    reported = counts;
    if (now !== before) log.info({ leftOut: counts }, now === '' ? 'no instance is left out now' : `left out: ${now}`);
    const { some, total } = leftOut.takeAdded();
    const instances = listNames(some, ({ instance, reason }) => `${nameInstance(instance)}: ${reason}`, total);
    if (total > 0) log.debug({ instances }, 'newly left out');
  };
}
