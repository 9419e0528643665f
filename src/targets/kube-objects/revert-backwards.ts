import { KubeError } from '../../kubernetes/failure.js';

/** Another program may change an object between our look at it and our write. After so many races, the undo fails and is tried again later. */
const ATTEMPTS = 3;

/**
 * Takes back the writes of a change, the last one first: an object that gained something in place of another one loses it only when that one has
 * it again.
 *
 * @param items in the order of their writes
 * @param revert takes one back, and returns whether a reader could see the write
 * @returns whether a reader could see one of them
 * @throws what `revert` throws, except for the first races
 */
export async function revertBackwards<T>(items: readonly T[], revert: (item: T) => Promise<boolean>): Promise<boolean> {
  let isVisible = false;
  for (const item of [...items].reverse())
    for (let attempt = 1; ; attempt++)
      try {
        const wasVisible = await revert(item);
        isVisible ||= wasVisible;
        break;
      } catch (error) {
        const isRaced = error instanceof KubeError && error.code === 'KUBE_CONFLICT';
        if (!isRaced || attempt === ATTEMPTS) throw error;
      }
  return isVisible;
}
