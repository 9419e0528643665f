import type { KubeObject } from '../../kubernetes/resource.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { ownerLabel } from '../kube-objects/marks.js';
import { ownedNames } from '../kube-objects/owned.js';
import { takeOver } from '../kube-objects/take-over.js';
import { serviceOfSlice } from './cluster-view.js';
import type { ObserveDeps } from './observe.js';
import { resourceOf, type ObjectType } from './observed.js';
import { owning } from './spec.js';

/** Takes the objects of a target over for a new leader. @param epoch another text in each leadership */
export async function takeOverServices(
  { kube, options, marks, namespace, owned }: ObserveDeps,
  epoch: string,
  signal: AbortSignal,
): Promise<void> {
  const recorded = new Set(ownedNames(owning, owned));
  const types: readonly ObjectType[] = options.service === 'managed' ? ['service', 'slice'] : ['slice'];
  for (const type of types) {
    const resource = resourceOf[type];
    const labelSelector = `${ownerLabel}=${marks.owner}`;
    const { objects } = await kube.list({ resource, namespace, labelSelector }, { signal });
    const found = new Map<string, KubeObject>(
      objects.map((object) => [fullName({ namespace, name: object.metadata.name }), object]),
    );
    await takeOver(
      { kube, marks, epoch, signal },
      {
        ...{ resource, found, others: type === 'service' ? recorded : [] },
        isRecorded: (full) => recorded.has(type === 'service' ? full : (serviceOfSlice(splitName(full)) ?? full)),
        isOptional: (full) => !full.startsWith(`${namespace}/`),
      },
    );
  }
}
