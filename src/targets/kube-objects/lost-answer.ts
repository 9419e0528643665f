import type { KubeError } from '../../kubernetes/failure.js';

/** Milliseconds. */
const patience = 2000;

/**
 * The object that a write has made, when its answer was lost. A write for one version of an object cannot be sent twice: the second one would be a
 * conflict with the first.
 *
 * @param look reads the object as it is now
 * @param isDone whether it is as the write was to make it
 * @returns undefined when the write has failed, or it is not known
 */
export async function findWritten<T>(
  { code, traits }: KubeError,
  look: (signal: AbortSignal) => Promise<T | undefined>,
  isDone: (object: T) => boolean,
): Promise<T | undefined> {
  if (!traits.maybeSent || code !== 'KUBE_UNREACHABLE') return undefined;
  // The API server that has lost the answer may be gone.
  const found = await look(AbortSignal.timeout(patience)).catch(() => undefined);
  return found !== undefined && isDone(found) ? found : undefined;
}
