import { it } from 'vitest';

/**
 * `it` for a test that needs something of the machine: where that is missing, a skip with the reason in its name; on CI,
 * where nothing may be skipped, a failure.
 *
 * @throws Error when it is missing and `$CI` is set
 */
export function itWhere(isThere: boolean, missing: string): (title: string, test: () => Promise<void>) => void {
  if (isThere) return it;
  if (process.env.CI) throw new Error(missing);
  return (title, test) => {
    it.skip(`${title} (${missing})`, test);
  };
}
