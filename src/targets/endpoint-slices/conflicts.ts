import type { Quarantine } from '../../model/view.js';
import { fullName } from '../kube-objects/full-name.js';
import { digestAnnotation } from '../kube-objects/marks.js';
import { describeOwner, isOurs } from '../kube-objects/ownership.js';
import type { Comparison, ObservedServices } from './changes.js';
import type { DesiredService } from './desired-service.js';
import { portName } from './fields.js';
import { otherManagers, type ObservedObject, type ObservedService } from './observed.js';

/** The looked at services that are not written, because of what is in the cluster: by the output of their Service. */
export function conflictsOf(observed: ObservedServices, comparison: Comparison): ReadonlyMap<string, Quarantine> {
  const conflicts = new Map<string, Quarantine>();
  const { namespace } = observed;
  for (const desired of observed.looked) {
    const { name, service } = desired;
    const why = conflictOf(desired, observed, comparison);
    const reason = `Service ${fullName({ namespace, name })} is left as it is: ${why}`;
    if (why !== undefined) conflicts.set(comparison.outputOf('service', { namespace, name }), { service, reason });
  }
  return conflicts;
}

/** Why nothing of a service is written, as a clause; undefined when it is. */
export function conflictOf(
  desired: Pick<DesiredService, 'name'>,
  observed: Pick<ObservedServices, 'namespace' | 'view' | 'recorded'>,
  comparison: Pick<Comparison, 'options' | 'marks'>,
): string | undefined {
  return conflictOfService(desired, observed, comparison) ?? conflictOfFields(desired, observed, comparison);
}

/**
 * Why a service must have no slices, as a clause: the Service is not the target's own, or cannot have endpoints of ours. Slices that it has had before
 * would lead connections of another program to our instances, so they go.
 */
export function conflictOfService(
  { name }: Pick<DesiredService, 'name'>,
  { namespace, view, recorded }: Pick<ObservedServices, 'namespace' | 'view' | 'recorded'>,
  { options, marks }: Pick<Comparison, 'options' | 'marks'>,
): string | undefined {
  const full = fullName({ namespace, name });
  // Not even `force` lets a registration decide where the cluster finds its API server.
  if (full === 'default/kubernetes') return 'it is the Service of the API server itself';
  const there = view.services.get(full);
  const problem = options.service === 'existing' ? problemOfExisting(there) : problemOfManaged(there);
  if (problem !== undefined) return problem;
  if (options.force) return undefined;
  const isManaged = options.service === 'managed';
  return isManaged && there && !isOurs(there, marks, recorded.has(full)) ? describeOwner(there) : undefined;
}

function conflictOfFields(
  { name }: Pick<DesiredService, 'name'>,
  { namespace, view }: Pick<ObservedServices, 'namespace' | 'view'>,
  { options, marks }: Pick<Comparison, 'options' | 'marks'>,
): string | undefined {
  if (options.force) return undefined;
  const full = fullName({ namespace, name });
  const there = view.services.get(full);
  const isManaged = options.service === 'managed';
  const objects: ObservedObject[] = [
    ...(isManaged && there ? [there] : []),
    ...(view.slices.get(full)?.values() ?? []),
  ];
  for (const object of objects) {
    const [applier] = otherManagers(object, marks.manager, 'Apply');
    if (applier !== undefined && object.annotations[digestAnnotation] !== object.digest)
      return `another program applies fields of ${object.name}: ${applier}`;
  }
  return undefined;
}

function problemOfManaged(there: ObservedService | undefined): string | undefined {
  return there?.hasSelector === true ? 'it has a selector, so the cluster itself makes its endpoints' : undefined;
}

function problemOfExisting(there: ObservedService | undefined): string | undefined {
  if (!there) return 'there is no such Service';
  if (there.type === 'ExternalName') return 'it is an ExternalName Service, which has no endpoints';
  if (there.isHeadless || there.ports.some(({ name }) => name === portName)) return undefined;
  return `it has no port with the name ${portName}, so no connection would reach its endpoints`;
}
