import { KubeError } from '../../kubernetes/failure.js';
import { epochAnnotation, ownerLabel } from './marks.js';
import { fullName } from './name.js';
import { inParallel, type ObserveDeps } from './observe.js';
import { readObserved, type ObservedObject } from './observed.js';
import { ownedNames, splitName } from './owned.js';
import { isOurs } from './ownership.js';

const ATTEMPTS = 5;

/**
 * Writes the epoch of a new leader on each object of the target. Its resource version is another one then, so a write of an earlier leader that
 * is still under way is refused by the API server.
 *
 * @param epoch another text in each leadership
 */
export async function takeOver(deps: ObserveDeps, epoch: string, signal: AbortSignal): Promise<void> {
  const { kind, kube, spec, marks, namespace } = deps;
  const recorded = new Set(ownedNames(kind, deps.owned));
  const found = new Map<string, ObservedObject>();
  if (spec.fanOut) {
    const labelSelector = `${ownerLabel}=${marks.owner}`;
    const { objects } = await kube.list({ resource: kind.resource, namespace, labelSelector }, { signal });
    for (const object of objects) {
      const there = readObserved(kind, object);
      found.set(fullName(there), there);
    }
  } else recorded.add(fullName({ namespace, name: spec.name }));

  async function read(name: string): Promise<ObservedObject | undefined> {
    const object = await kube.get(kind.resource, splitName(name), signal).catch((error: unknown) => {
      // An object of an earlier config that we may not read any more.
      if (
        error instanceof KubeError &&
        error.code === 'KUBE_DENIED' &&
        name !== fullName({ namespace, name: spec.name })
      )
        return undefined;
      throw error;
    });
    return object && readObserved(kind, object);
  }

  async function mark(name: string): Promise<void> {
    let there = found.get(name) ?? (await read(name));
    for (let attempt = 1; there; attempt++) {
      if (!isOurs(there, marks, recorded.has(name)) || there.annotations[epochAnnotation] === epoch) return;
      const { uid, resourceVersion } = there;
      const patch = { metadata: { uid, resourceVersion, annotations: { [epochAnnotation]: epoch } } };
      try {
        await kube.patch(kind.resource, splitName(name), patch, { signal });
        return;
      } catch (error) {
        const isRaced = error instanceof KubeError && (error.code === 'KUBE_CONFLICT' || error.traits.absent);
        if (!isRaced || attempt === ATTEMPTS) throw error;
        there = await read(name);
      }
    }
  }

  await inParallel([...new Set([...found.keys(), ...recorded])], mark);
}
