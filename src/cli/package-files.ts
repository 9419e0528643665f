/**
 * The URL of a file beside dist/ (in the package) or beside src/ (in the repository). This file must stay two levels below that directory.
 *
 * @param path relative to the root of the package
 */
export function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
