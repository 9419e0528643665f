/**
 * A file that the package has beside dist/, and the repository beside src/. Only from a file at this depth do both lie at the same place.
 *
 * @param path from the root of the package
 */
export function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
