import { fullName } from '../kube-objects/full-name.js';
import { digestAnnotation } from '../kube-objects/marks.js';
import { isOurs } from '../kube-objects/ownership.js';
import type { ClusterView } from './cluster-view.js';
import type { DesiredServices } from './desired.js';
import { otherManagers, resourceOf, type ObjectType, type ObservedObject } from './observed.js';
import type { SlicesSpec } from './spec.js';

/**
 * The objects of desired services that another program has changed or removed, one sentence each. That a slice was removed is known only of
 * slices that this process has seen.
 */
export function findDrift(
  desired: DesiredServices,
  { namespace, options, marks }: SlicesSpec & { readonly namespace: string },
  {
    before,
    now,
    recorded,
  }: { readonly before: ClusterView; readonly now: ClusterView; readonly recorded: ReadonlySet<string> },
): readonly string[] {
  const drifted: string[] = [];
  const say = (type: ObjectType, name: string, what: string): void => {
    drifted.push(`${resourceOf[type].kind} ${name} was ${what}`);
  };
  const look = (type: ObjectType, object: ObservedObject): void => {
    const written = object.annotations[digestAnnotation];
    if (written === undefined || written === object.digest) return;
    const [editor] = otherManagers(object, marks.manager, 'Update');
    if (editor !== undefined) say(type, fullName(object), `changed by ${editor}`);
  };
  for (const { name } of desired.services) {
    const full = fullName({ namespace, name });
    if (!recorded.has(full)) continue;
    const service = now.services.get(full);
    if (options.service === 'managed') {
      if (!service) say('service', full, 'removed by another program');
      else if (isOurs(service, marks, true)) look('service', service);
    }
    const slices = now.slices.get(full);
    for (const slice of before.slices.get(full)?.keys() ?? [])
      if (slices?.has(slice) !== true) say('slice', fullName({ namespace, name: slice }), 'removed by another program');
    for (const slice of slices?.values() ?? []) if (isOurs(slice, marks, true)) look('slice', slice);
  }
  return drifted;
}
