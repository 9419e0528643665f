import { createPlanner, type Plan } from '../../src/dns/planner.js';
import { compileNames, defaultNames, type NamePatterns } from '../../src/dns/names.js';
import type { PlanOptions } from '../../src/dns/options.js';
import type { Service } from '../../src/model/instance.js';

export const zone = 'svc.example.com';

export interface PlanSettings extends Partial<Omit<PlanOptions, 'names'>> {
  readonly names?: Partial<NamePatterns>;
}

export function planOptions({ names, ...over }: PlanSettings = {}): PlanOptions {
  return {
    zone,
    names: compileNames({ ...defaultNames, ...names }, zone),
    ttl: 30,
    sourceTtl: {},
    priority: 0,
    txt: [],
    unfit: 'reject',
    taken: () => undefined,
    hasAddress: () => false,
    ...over,
  };
}

export function plan(services: readonly Service[], settings?: PlanSettings): Plan {
  return createPlanner(planOptions(settings))(services);
}

/** Every record of a plan, one line each, without the zone: `web 30 A 192.0.2.1`. */
export function recordsOf({ services }: Pick<Plan, 'services'>): string[] {
  return services.flatMap(({ sets }) =>
    sets.flatMap(({ name, ttl, type, data }) =>
      data.map((text) => `${name} ${ttl} ${type} ${text}`.replaceAll(`.${zone}`, '')),
    ),
  );
}
