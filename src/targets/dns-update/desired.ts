import { createHash } from 'node:crypto';
import { isWithin } from '../../dns/labels.js';
import { compileNames } from '../../dns/names.js';
import { createPlanner, type Plan } from '../../dns/planner.js';
import { createRecordSets, nameData, type RecordSet } from '../../dns/record-set.js';
import { reverseName } from '../../dns/reverse.js';
import type { ServicePlan } from '../../dns/service-plan.js';
import type { Service } from '../../model/instance.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Desired } from '../../ports/target.js';
import { renderWithoutRejected, type Attempt } from '../quarantine.js';
import type { DnsUpdateOptions } from './schema.js';

/** The settings of the block that decide the records. */
export type RecordOptions = Pick<
  DnsUpdateOptions,
  'zone' | 'ttl' | 'sourceTtl' | 'priority' | 'names' | 'unfit' | 'txt' | 'reverse'
>;

export interface DesiredRecords extends Desired {
  /** Those of services that did not change are the same objects as before. */
  readonly plans: readonly ServicePlan[];
}

/** The records that one name should have. */
export interface DesiredName {
  readonly zone: string;
  readonly sets: readonly RecordSet[];
}

/** The most octets of an answer with one set: a message holds at most 65,535 (RFC 1035 section 4.2.2), and an update more than the set. */
const longestSet = 60_000;

/** Makes the desired records of one target. */
export interface Records {
  desire(view: View): DesiredRecords;
  /** Every name with its records. */
  all(desired: DesiredRecords): ReadonlyMap<string, DesiredName>;
  /**
   * The names whose records may differ between the two, with the records that they should have now; none, if they should have none. The
   * cost is one look at each service, and with reverse zones one at each address.
   */
  changed(desired: DesiredRecords, since: DesiredRecords): ReadonlyMap<string, DesiredName>;
  /** Hex SHA-256. */
  digest(desired: DesiredRecords): string;
}

export function createRecords(options: RecordOptions): Records {
  const { zone, names, ttl } = options;
  // The most specific zone of an address has its name.
  const reverse = [...options.reverse].sort((a, b) => b.length - a.length);
  // The rest of the zone is not known here. The records of others are found in the zone itself.
  const plan = createPlanner({
    ...options,
    names: compileNames(names, zone),
    taken: () => undefined,
    hasAddress: () => true,
  });
  const digests = new WeakMap<ServicePlan, string>();

  function addPointers(
    into: Map<string, DesiredName>,
    plans: readonly ServicePlan[],
    isWanted: (address: string) => boolean,
  ): void {
    if (reverse.length === 0) return;
    const sets = createRecordSets();
    const zones = new Map<string, string>();
    for (const { address, name } of plans.flatMap(({ pointers }) => pointers)) {
      if (!isWanted(address)) continue;
      const owner = reverseName(address);
      const home = reverse.find((each) => isWithin(owner, each));
      if (home === undefined) continue;
      zones.set(owner, home);
      sets.add(owner, ttl, nameData('PTR', name));
    }
    for (const set of sets.list()) into.set(set.name, { zone: zones.get(set.name) ?? '', sets: [set] });
  }

  function addNames(into: Map<string, DesiredName>, plans: readonly ServicePlan[]): void {
    for (const { sets } of plans)
      for (const set of sets) {
        const before = into.get(set.name)?.sets ?? [];
        into.set(set.name, { zone, sets: [...before, set] });
      }
  }

  return {
    desire(view) {
      const { made, quarantined } = renderWithoutRejected(view, ({ services }): Attempt<Plan> => {
        const attempt = plan(services);
        return {
          made: attempt,
          rejected: [...attempt.rejected, ...refuseLarge(services, attempt)],
          omitted: attempt.omitted,
        };
      });
      return { plans: made.services, quarantined };
    },
    all({ plans }) {
      const found = new Map<string, DesiredName>();
      addNames(found, plans);
      addPointers(found, plans, () => true);
      return found;
    },
    changed(desired, since) {
      const [old, fresh] = [new Set(since.plans), new Set(desired.plans)];
      const [gone, come] = [
        since.plans.filter((each) => !fresh.has(each)),
        desired.plans.filter((each) => !old.has(each)),
      ];
      const found = new Map<string, DesiredName>();
      const addresses = new Set<string>();
      for (const { sets, pointers } of [...gone, ...come]) {
        for (const { name } of sets) found.set(name, { zone, sets: [] });
        for (const { address } of pointers) addresses.add(address);
      }
      if (reverse.length > 0)
        for (const address of addresses) {
          const owner = reverseName(address);
          const home = reverse.find((each) => isWithin(owner, each));
          if (home !== undefined) found.set(owner, { zone: home, sets: [] });
        }
      addNames(found, come);
      addPointers(found, desired.plans, (address) => addresses.has(address));
      return found;
    },
    digest({ plans }) {
      const hash = createHash('sha256');
      for (const each of plans) {
        if (each.sets.length === 0) continue;
        let digest = digests.get(each);
        if (digest === undefined) {
          digest = createHash('sha256')
            .update(JSON.stringify([each.sets, each.pointers]))
            .digest('hex');
          digests.set(each, digest);
        }
        hash.update(digest);
      }
      return hash.digest('hex');
    },
  };
}

function refuseLarge(services: readonly Service[], { services: plans }: Plan): Quarantine[] {
  return plans.flatMap(({ sets }, index) => {
    const large = sets.find(({ octets }) => octets > longestSet);
    const service = services[index]?.name;
    if (large === undefined || service === undefined) return [];
    return [{ service, reason: `the ${large.type} records of ${large.name} are too many for one DNS message` }];
  });
}
