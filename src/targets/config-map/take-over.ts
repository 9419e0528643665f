import type { KubeObject } from '../../kubernetes/resource.js';
import { fullName } from '../kube-objects/full-name.js';
import { ownerLabel } from '../kube-objects/marks.js';
import { ownedNames } from '../kube-objects/owned.js';
import { takeOver } from '../kube-objects/take-over.js';
import type { ObserveDeps } from './observe.js';

/** Takes the objects of a target over for a new leader. @param epoch another text in each leadership */
export async function takeOverObjects(deps: ObserveDeps, epoch: string, signal: AbortSignal): Promise<void> {
  const { kind, kube, spec, marks, namespace } = deps;
  const { resource } = kind;
  const recorded = new Set(ownedNames(kind, deps.owned));
  const found = new Map<string, KubeObject>();
  const single = fullName({ namespace, name: spec.name });
  if (spec.fanOut) {
    const { objects } = await kube.list(
      { resource, namespace, labelSelector: `${ownerLabel}=${marks.owner}` },
      { signal },
    );
    for (const object of objects) found.set(fullName({ namespace, name: object.metadata.name }), object);
  } else recorded.add(single);
  await takeOver(
    { kube, marks, epoch, signal },
    {
      ...{ resource, found, others: recorded },
      isRecorded: (full) => recorded.has(full),
      isOptional: (full) => full !== single,
    },
  );
}
