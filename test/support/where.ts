import { it } from 'vitest';

/**
 * `it` for a test that needs a feature of the machine. Without the feature, the test is skipped with the reason in its name.
 *
 * @throws Error when the feature is missing and `$CI` is set: on CI, no test may be skipped
 */
export function itWhere(isThere: boolean, missing: string): (title: string, test: () => Promise<void>) => void {
  if (isThere) return it;
  if (process.env.CI) throw new Error(missing);
  return (title, test) => {
    it.skip(`${title} (${missing})`, test);
  };
}
