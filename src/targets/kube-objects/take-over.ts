import { KubeError } from '../../kubernetes/failure.js';
import type { KubeObject, Resource } from '../../kubernetes/resource.js';
import type { ObjectStore } from './fence.js';
import { splitName } from './full-name.js';
import { inParallel } from './in-parallel.js';
import { readManagers } from './managers.js';
import { epochAnnotation } from './marks.js';
import { isOurs, type Marks } from './ownership.js';

const ATTEMPTS = 5;

export interface TakeOverDeps {
  readonly kube: ObjectStore;
  readonly marks: Marks;
  /** Another text in each leadership. */
  readonly epoch: string;
  readonly signal: AbortSignal;
}

/** The objects of one resource that may be the target's own. */
export interface Candidates {
  readonly resource: Resource;
  /** By full name, as they were just listed. */
  readonly found: ReadonlyMap<string, KubeObject>;
  /** Full names of objects to read, if they are not among those that were found. */
  readonly others: Iterable<string>;
  /** Whether the journal says that the object is the target's own. */
  readonly isRecorded: (full: string) => boolean;
  /** An object of an earlier config, which we may not be allowed to read any more. */
  readonly isOptional: (full: string) => boolean;
}

/**
 * Writes the epoch of a new leader on each object of the target. Its resource version is another one then, so a write of an earlier leader that
 * is still under way is refused by the API server.
 */
export async function takeOver(
  { kube, marks, epoch, signal }: TakeOverDeps,
  { resource, found, others, isRecorded, isOptional }: Candidates,
): Promise<void> {
  async function read(full: string): Promise<KubeObject | undefined> {
    try {
      return await kube.get(resource, splitName(full), signal);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_DENIED' && isOptional(full)) return undefined;
      throw error;
    }
  }

  async function mark(full: string): Promise<void> {
    let there = found.get(full) ?? (await read(full));
    for (let attempt = 1; there; attempt++) {
      const { uid, resourceVersion, labels = {}, annotations = {} } = there.metadata;
      const marked = { labels, managers: readManagers(there) };
      if (!isOurs(marked, marks, isRecorded(full)) || annotations[epochAnnotation] === epoch) return;
      const patch = { metadata: { uid, resourceVersion, annotations: { [epochAnnotation]: epoch } } };
      try {
        await kube.patch(resource, splitName(full), patch, { signal });
        return;
      } catch (error) {
        const isRaced = error instanceof KubeError && (error.code === 'KUBE_CONFLICT' || error.traits.absent);
        if (!isRaced || attempt === ATTEMPTS) throw error;
        there = await read(full);
      }
    }
  }

  await inParallel([...new Set([...found.keys(), ...others])], mark);
}
