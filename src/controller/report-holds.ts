import type { EndedHold, Hold } from '../guard/hold.js';
import type { Log } from '../ports/runtime.js';
import type { Outcome } from './managed-target.js';
import { listNames, nameInstance, shorten } from './names.js';

/**
 * Logs what the guard begins to hold, as a warning, and what it no longer holds.
 *
 * @param isFirst nothing was logged before: then what it holds from an earlier process is logged too
 */
export function reportHolds(log: Log, { guard }: Pick<Outcome, 'guard'>, isFirst: boolean): void {
  if (!guard) return;
  const { ended } = guard;
  const began = isFirst ? guard.holds : guard.began;
  if (began.length > 0)
    log.warn(
      {
        held: guard.holds.length,
        names: listNames(began, nameHold),
        rules: distinct(began.map(({ rule }) => rule)),
        causes: distinct(began.map(({ cause }) => cause)),
        ...untilOf(began),
        hint,
      },
      `the guard holds ${count(began)} that ${began.length === 1 ? 'is' : 'are'} missing from etcd`,
    );
  if (ended.length > 0)
    log.info(
      {
        held: guard.holds.length,
        names: listNames(ended, ({ hold }: EndedHold) => nameHold(hold)),
        why: distinct(ended.map(({ why }) => why)),
      },
      `the guard no longer holds ${count(ended.map(({ hold }) => hold))}`,
    );
}

/** When the last of these holds ends. With `run --once` no hold ends by time, so the field is absent. */
function untilOf(holds: readonly Hold[]): { readonly until?: string } {
  // A loop, because there may be more holds than a function takes arguments.
  let last = -Infinity;
  for (const { deadline } of holds) last = Math.max(last, deadline);
  return last < Infinity ? { until: new Date(last).toISOString() } : {};
}

const hint =
  'Look at etcd. If they have left for good, run `rollcall release TARGET`; otherwise they leave after `guard.holdFor`.';

function nameHold(hold: Hold): string {
  return hold.kind === 'instance' ? nameInstance(hold.instance) : shorten(hold.pair.key);
}

function count(holds: readonly Hold[]): string {
  const instances = holds.filter(({ kind }) => kind === 'instance').length;
  const pairs = holds.length - instances;
  const parts = [
    instances > 0 && `${instances} instance${instances === 1 ? '' : 's'}`,
    pairs > 0 && `${pairs} key${pairs === 1 ? '' : 's'}`,
  ];
  return parts.filter((part) => part !== false).join(' and ');
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort();
}
