const cleanups: (() => unknown)[] = [];

/**
 * Runs `cleanup` after each test file of this process. A hook of a module alone would not: test files that share a process also share its modules, and only
 * the first one that imports a module runs its hooks.
 */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** Runs all of them, the last one first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.toReversed()) await cleanup();
}
