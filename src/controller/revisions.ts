import type { Snapshot } from '../model/snapshot.js';

/** `source=revision` pairs of the listed sources among `sources`, joined by commas, in the snapshot's order. */
export function revisionsOf(snapshot: Snapshot, sources: readonly string[]): string {
  return snapshot.sources
    .filter(({ source }) => sources.includes(source))
    .map(({ source, revision }) => `${source}=${revision}`)
    .join(',');
}

/**
 * The reason why a target must not be made from this snapshot, or undefined when it may be. Every source must have been listed. A stale
 * snapshot must not be older than the one that the outputs were last made from (`recorded`, as `revisionsOf` wrote it): it would revert
 * changes that the consumer already has.
 */
export function describeMissing(snapshot: Snapshot, sources: readonly string[], recorded: string): string | undefined {
  const unlisted = sources.filter((name) => !snapshot.sources.some(({ source }) => source === name));
  if (unlisted.length > 0) return `not listed yet: ${unlisted.join(', ')}`;
  if (!snapshot.stale) return undefined;
  const made = splitRevisions(recorded);
  const older = snapshot.sources.filter(({ source, revision }) => {
    const before = sources.includes(source) ? made.get(source) : undefined;
    return before !== undefined && BigInt(revision) < BigInt(before);
  });
  if (older.length === 0) return undefined;
  return `the last good snapshot is older than the outputs: ${older.map(({ source }) => source).join(', ')}`;
}

/** The revision of each source in a text of `revisionsOf`. */
export function splitRevisions(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').flatMap((pair) => {
      const at = pair.lastIndexOf('=');
      return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)] as const];
    }),
  );
}
