import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where paths lead, by path: the path without links, or the code of the error after a `!`. */
export type Places = ReadonlyMap<string, string>;

/** Follows the links of these paths. Never throws. */
export async function findPlaces(paths: Iterable<string>): Promise<Places> {
  const found = [...new Set(paths)].map(async (path) => {
    const place = await realpath(path).catch((error: unknown) => `!${String((error as NodeJS.ErrnoException).code)}`);
    return [path, place] as const;
  });
  return new Map(await Promise.all(found));
}

/**
 * Whether files that were read between two looks are of one moment, as far as links decide it. A mounted ConfigMap has all its files below one
 * directory, and a link to it that is replaced as a whole (the kubelet's `..data`). While that link stays, so do all files behind it.
 *
 * @param before places before the first read
 * @param after places of all files, after the last one
 */
export function isOneMoment(before: Places, after: Places): boolean {
  const stayed = new Set([...before.values()].map(dirname));
  return [...after].every(([path, place]) => {
    const known = before.get(path);
    if (known !== undefined) return known === place;
    return place === path || stayed.has(dirname(place));
  });
}
