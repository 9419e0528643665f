import { isWithin } from '../../dns/labels.js';
import { compileNames } from '../../dns/names.js';
import { createPlanner, type Plan } from '../../dns/planner.js';
import { createRecordSets, mostOverUdp, nameData, type RecordSet } from '../../dns/record-set.js';
import { reverseName } from '../../dns/reverse.js';
import type { ServicePlan } from '../../dns/service-plan.js';
import type { View } from '../../model/view.js';
import type { FileSpec } from '../files/desired-file.js';
import type { Renderer } from '../maker.js';
import type { ZoneFileOptions } from './schema.js';
import { createStaticNames } from './static-records.js';
import { describeHead, describeSets } from './zone-text.js';

/** The files of a zone and its reverse zones. */
export interface Zones {
  readonly specs: readonly FileSpec[];
  /** Name of the zone of each path. */
  readonly zones: ReadonlyMap<string, string>;
  /** The names of the last plan whose answers are too long for UDP. */
  readonly longAnswers: () => readonly string[];
}

export function createZones(options: ZoneFileOptions, secret: boolean): Zones {
  const { zone, ttl, sourceTtl, priority, txt, unfit, records, reverse, mode, owner, group } = options;
  const plan = createPlanner({
    ...{ zone, ttl, sourceTtl, priority, txt, unfit },
    names: compileNames(options.names, zone),
    ...createStaticNames(records, zone),
  });
  let last: { readonly services: View['services']; readonly plan: Plan } | undefined;

  /** The reverse zones of a view are made from the same plan. */
  const planOf = ({ services }: View): Plan => {
    if (last?.services !== services) last = { services, plan: plan(services) };
    return last.plan;
  };
  const headOf = (name: string, statics: ZoneFileOptions['records']): string =>
    describeHead({ ...options, zone: name, hostmaster: options.hostmaster ?? `hostmaster@${zone}`, records: statics });
  const specOf = (path: string, template: Renderer): FileSpec => ({
    ...{ path, template, mode, owner, group, secret },
    inPlace: false,
    serial: true,
  });

  const forward = createRenderer(planOf, headOf(zone, records), ({ sets }) => sets, true);
  return {
    specs: [
      specOf(options.path, forward),
      ...reverse.map((each) =>
        specOf(
          each.path,
          createRenderer(planOf, headOf(each.zone, []), (service) => pointersIn(each.zone, service, ttl), false),
        ),
      ),
    ],
    zones: new Map([{ path: options.path, zone }, ...reverse].map((each) => [each.path, each.zone])),
    longAnswers: () =>
      (last?.plan.services ?? []).flatMap(({ sets }) =>
        sets.flatMap(({ name, type, octets }) => (octets > mostOverUdp ? [`${name} ${type}`] : [])),
      ),
  };
}

/** A renderer of one zone: one piece for its head and one for each service, which is the same text while its plan is the same. */
function createRenderer(
  planOf: (view: View) => Plan,
  head: string,
  setsOf: (service: ServicePlan) => readonly RecordSet[],
  reports: boolean,
): Renderer {
  const texts = new WeakMap<ServicePlan, string>();
  const textOf = (service: ServicePlan): string => {
    let text = texts.get(service);
    if (text === undefined) {
      text = describeSets(service.label ?? '', setsOf(service));
      texts.set(service, text);
    }
    return text;
  };
  return {
    render(view) {
      const { services, rejected, omitted } = planOf(view);
      if (rejected.length > 0) return { text: '', rejected };
      const pieces = [head, ...services.map(textOf)];
      return {
        get text() {
          return pieces.join('');
        },
        pieces,
        rejected: [],
        omitted: reports ? omitted : [],
      };
    },
  };
}

/** All PTR records have the TTL of the zone: several services may have records at one address, and a set has one TTL (RFC 2181). */
function pointersIn(zone: string, { pointers }: ServicePlan, ttl: number): RecordSet[] {
  const sets = createRecordSets();
  for (const { address, name } of pointers) {
    const owner = reverseName(address);
    if (isWithin(owner, zone)) sets.add(owner, ttl, nameData('PTR', name));
  }
  return sets.list();
}
