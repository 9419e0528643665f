import type { Service } from '../model/instance.js';
import type { Quarantine } from '../model/view.js';
import type { PlanOptions } from './options.js';
import { planService, type ServicePlan } from './service-plan.js';

/** The records of all services in one zone. */
export interface Plan {
  /** In the order of the services. Those of unchanged services are the same objects as before. */
  readonly services: readonly ServicePlan[];
  /** Services and instances that cannot be in the zone. The plan is not to be used while there are any. */
  readonly rejected: readonly Quarantine[];
  readonly omitted: readonly Quarantine[];
}

/**
 * Plans zone by zone from a list of services. The result depends on the services alone; the cost is that of the services that have not been
 * planned before, and of one look at each of the others. Of several services with one label, an expected one has it, then one whose
 * label is made from its name, then one in lower case, then the first.
 */
export function createPlanner(options: PlanOptions): (services: readonly Service[]) => Plan {
  const known = new WeakMap<Service, ServicePlan>();

  function planOne(service: Service): ServicePlan {
    const before = known.get(service);
    if (before) return before;
    const plan = planService(service, options);
    known.set(service, plan);
    return plan;
  }

  return (services) => {
    const plans: ServicePlan[] = [];
    const rejected: Quarantine[] = [];
    const omitted: Quarantine[] = [];
    const holders = new Map<string, { readonly service: Service; readonly rank: number }>();
    let isContested = false;
    for (const service of services) {
      const plan = planOne(service);
      plans.push(plan);
      rejected.push(...plan.rejected);
      omitted.push(...plan.omitted);
      if (plan.label === undefined) continue;
      const [holder, rank] = [holders.get(plan.label), rankOf(service, plan)];
      isContested ||= holder !== undefined;
      if (holder === undefined || rank > holder.rank || (rank === holder.rank && service.name < holder.service.name))
        holders.set(plan.label, { service, rank });
    }
    if (!isContested) return { services: plans, rejected, omitted };
    for (const [index, service] of services.entries()) {
      const label = plans[index]?.label ?? '';
      const holder = holders.get(label)?.service;
      if (holder === undefined || holder === service) continue;
      const reason = `its label in ${options.zone} would be ${label}, which service ${holder.name} has already (the expected, the lower-case or the first service gets it)`;
      rejected.push({ service: service.name, reason });
    }
    return { services: plans, rejected, omitted };
  };
}

/** A registrant cannot take the label that was made for another service, or the one in lower case, by registering a service of that name. */
function rankOf({ name, expected }: Service, { isMapped }: ServicePlan): number {
  return (expected ? 4 : 0) + (isMapped ? 2 : 0) + (name === name.toLowerCase() ? 1 : 0);
}
