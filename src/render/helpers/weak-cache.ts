/** A cache of objects by key. It returns the same object for a key as long as the object is referenced elsewhere. */
export interface WeakCache<T extends object> {
  /** The cached object, or a new one from `compute`. */
  get(key: string, compute: () => T): T;
  /** Number of cached keys, including those whose object is gone. */
  readonly size: number;
}

/** A smaller cache is not searched for keys whose object is gone. */
const minCleanupSize = 64;

/** Keys may contain names of services, which come and go. So the cache holds objects weakly and removes keys whose object is gone. */
export function createWeakCache<T extends object>(): WeakCache<T> {
  const entries = new Map<string, WeakRef<T>>();
  let cleanupSize = minCleanupSize;
  const removeGone = (): void => {
    for (const [key, value] of entries) if (value.deref() === undefined) entries.delete(key);
    cleanupSize = Math.max(minCleanupSize, entries.size * 2);
  };
  return {
    get(key, compute) {
      let value = entries.get(key)?.deref();
      if (value === undefined) {
        value = compute();
        entries.set(key, new WeakRef(value));
        if (entries.size > cleanupSize) removeGone();
      }
      return value;
    },
    get size() {
      return entries.size;
    },
  };
}
