import { fullName } from '../kube-objects/full-name.js';
import { describeOwner, isOurs } from '../kube-objects/ownership.js';
import type { Comparison, ObjectWrite, ObservedServices } from './changes.js';
import type { DesiredService } from './desired-service.js';
import { portName } from './fields.js';
import { otherManagers, type ObservedService } from './observed.js';

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
  if (options.service === 'existing') return problemOfExisting(there);
  if (!there) return undefined;
  if (there.hasSelector) return 'it has a selector, so the cluster itself makes its endpoints';
  if (isOurs(there, marks, recorded.has(full))) return undefined;
  if (!options.force) return describeOwner(there);
  return there.type === 'ExternalName'
    ? 'it is an ExternalName Service, and what it names could not be restored'
    : undefined;
}

/** Why writes that change fields are not made, as a clause: another program applies these fields, and will apply them again. */
export function conflictOfWrites(
  writes: readonly ObjectWrite[],
  { options, marks }: Pick<Comparison, 'options' | 'marks'>,
): string | undefined {
  if (options.force) return undefined;
  for (const { before, after } of writes) {
    // A write of labels and annotations changes no field. A removal removes our fields only.
    if (!before || !after || before.digest === after.digest) continue;
    const [applier] = otherManagers(before, marks.manager, 'Apply');
    if (applier !== undefined) return `another program applies fields of ${before.name}: ${applier}`;
  }
  return undefined;
}

function problemOfExisting(there: ObservedService | undefined): string | undefined {
  if (!there) return 'there is no such Service';
  if (there.type === 'ExternalName') return 'it is an ExternalName Service, which has no endpoints';
  if (there.isHeadless || there.ports.some(({ name }) => name === portName)) return undefined;
  return `it has no port with the name ${portName}, so no connection would reach its endpoints`;
}
