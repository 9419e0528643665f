import { createHash } from 'node:crypto';
import { RollcallError } from '../../model/errors.js';
import type { Service } from '../../model/instance.js';
import { namePriority } from '../../model/name-owners.js';
import { compareText } from '../../model/order.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Desired } from '../../ports/target.js';
import type { RenderedOutput } from '../maker.js';
import { renderWithoutRejected, type Attempt } from '../quarantine.js';
import { makeEntry, makeObject, problemOfSize } from './content.js';
import type { DesiredEntry, DesiredObject, ObjectSpec } from './desired-object.js';
import { problemOfName } from './name.js';

export interface DesiredObjects extends Desired {
  /** Sorted by name. An object that is as before is the same JavaScript object. */
  readonly objects: readonly DesiredObject[];
}

type Fixed = Omit<View, 'services'>;

/** The object of one service, or of the whole view. */
interface Made {
  readonly object: DesiredObject | undefined;
  readonly rejected: readonly Quarantine[];
  readonly omitted: readonly Quarantine[];
  /** Whether other services of the view had no part in it. */
  readonly isLocal: boolean;
}

/** What is known of the object of one service, so that an unchanged one is not rendered again. */
interface Known {
  readonly service: Service;
  readonly fixed: Fixed;
  readonly made: Made;
}

/**
 * Makes the desired objects of one target, view by view. A service whose object cannot have its name, is too large, or is rejected by a
 * template is left out; so is an instance that a template rejects. A service that has not changed is rendered again only if its object
 * also depends on other services.
 *
 * @param secret the outputs are secret: no host name is told
 * @throws RollcallError `OBJECT_TOO_LARGE` when the one object of a target is too large; and as `renderWithoutRejected`
 */
export function createDesiredObjects(spec: ObjectSpec, secret: boolean): (view: View) => DesiredObjects {
  let known = new Map<string, Known>();
  let single: DesiredObject | undefined;

  function renderData(view: View, service: Service | undefined, name: string, before: DesiredObject | undefined): Made {
    const rejected: Quarantine[] = [];
    const omitted: Quarantine[] = [];
    let isLocal = true;
    const entries = spec.entries.flatMap(({ key, template }): DesiredEntry[] => {
      const rendered = template.render(view, service);
      rejected.push(...rendered.rejected);
      omitted.push(...(rendered.omitted ?? []).map((one) => (secret ? { ...one, hostName: '' } : one)));
      isLocal &&= rendered.isLocal ?? false;
      if (rejected.length > 0) return [];
      const old = before?.entries.find((entry) => entry.key === key);
      return [old?.text === rendered.text ? old : makeEntry(key, rendered.text, spec.compress)];
    });
    if (rejected.length > 0) return { object: undefined, rejected, omitted: [], isLocal };
    const isSame = before?.name === name && entries.every((entry, index) => entry === before.entries[index]);
    return { object: isSame ? before : makeObject(name, entries, service?.name), rejected, omitted, isLocal };
  }

  function renderService(view: View, service: Service, pattern: RenderedOutput): Made {
    const refuse = (reason: string, isLocal: boolean): Made => ({
      ...{ object: undefined, omitted: [], isLocal },
      rejected: [{ service: service.name, reason: `${spec.name}: ${reason}` }],
    });
    const { text: name, rejected, isLocal: isOwnName = false } = pattern;
    if (rejected.length > 0) return { object: undefined, rejected, omitted: [], isLocal: isOwnName };
    const problem = problemOfName(name);
    if (problem !== undefined) return refuse(`its name ${problem}`, isOwnName);
    const made = renderData(view, service, name, known.get(service.name)?.made.object);
    const isLocal = made.isLocal && isOwnName;
    const large = made.object && problemOfSize(made.object, spec.compress);
    return large === undefined ? { ...made, isLocal } : refuse(large, isLocal);
  }

  function renderFanOut(view: View, fanOut: NonNullable<ObjectSpec['fanOut']>): Attempt<readonly DesiredObject[]> {
    const { services, ...fixed } = view;
    const next = new Map<string, Known>();
    const holders = new Map<string, Service>();
    const objects: DesiredObject[] = [];
    const rejected: Quarantine[] = [];
    const omitted: Quarantine[] = [];
    for (const service of byClaim(services)) {
      const last = known.get(service.name);
      const isCurrent = last?.service === service && last.made.isLocal && isSameFixed(last.fixed, fixed);
      const made = isCurrent ? last.made : renderService(view, service, fanOut.render(view, service));
      next.set(service.name, isCurrent ? last : { service, fixed, made });
      rejected.push(...made.rejected);
      if (!made.object) continue;
      const holder = holders.get(made.object.name);
      if (holder) {
        const reason = `${spec.name}: ${made.object.name} is already the name for service ${holder.name}`;
        rejected.push({ service: service.name, reason });
        continue;
      }
      holders.set(made.object.name, service);
      omitted.push(...made.omitted);
      objects.push(made.object);
    }
    // While something is rejected, the same services are rendered once more without it: they keep what is known of them.
    known = rejected.length > 0 ? new Map([...known, ...next]) : next;
    return { made: objects, rejected, omitted };
  }

  function renderSingle(view: View): Attempt<readonly DesiredObject[]> {
    const { object, rejected, omitted } = renderData(view, undefined, spec.name, single);
    if (!object) return { made: [], rejected };
    const problem = problemOfSize(object, spec.compress);
    if (problem !== undefined) throw new RollcallError('OBJECT_TOO_LARGE', `${spec.name} is not written: ${problem}`);
    single = object;
    return { made: [object], rejected, omitted };
  }

  return (view) => {
    const { made, quarantined } = renderWithoutRejected(view, (rest) =>
      spec.fanOut ? renderFanOut(rest, spec.fanOut) : renderSingle(rest),
    );
    return { objects: [...made].sort((a, b) => compareText(a.name, b.name)), quarantined };
  };
}

/** Hex SHA-256 over the names and digests of the objects. */
export function digestObjects({ objects }: DesiredObjects): string {
  const hash = createHash('sha256');
  for (const { name, digest } of objects) hash.update(`${name} ${digest}\n`);
  return hash.digest('hex');
}

function isSameFixed(a: Fixed, b: Fixed): boolean {
  return a.kv === b.kv && a.vars === b.vars && a.env === b.env && a.target === b.target;
}

/** Sorts services by their right to a name that several of them have. */
function byClaim(services: readonly Service[]): readonly Service[] {
  const claims = services.map(namePriority);
  if (claims.every((claim) => claim === claims[0])) return services;
  return [...services].sort((a, b) => namePriority(b) - namePriority(a));
}
