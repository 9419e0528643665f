import { parseKeyPattern } from './pattern.js';

/**
 * Guesses the patterns of keys, for advice only: one pattern, two when the keys are ambiguous, or none. Only keys with the most common
 * number of segments count. Leading segments that all keys share are literals. The first segment that differs is the service. After it, a
 * segment that most keys of several services share is a literal. The remaining segments are the id.
 *
 * @param rests keys after the prefix
 */
export function guessPatterns(rests: readonly string[]): readonly string[] {
  const group = largestGroup(rests);
  const count = group[0]?.length ?? 0;
  if (count === 2) return ['<service>/<id>'];
  if (count < 2 || new Set(group.map((segments) => segments.join('/'))).size < 2) return [];
  const shared = Array.from({ length: count }, (_, at) => isShared(group, at));
  let start = shared.indexOf(false);
  // The keys are of one service: it is the first segment.
  if (start === -1 || start === count - 1) start = 0;
  const before = (group[0] ?? []).slice(0, start);
  const behind = Array.from({ length: count - 1 - start }, (_, index) => literalAt(group, start, start + 1 + index));
  // The last segment is always the id.
  behind[behind.length - 1] = undefined;
  const next = behind.findIndex((literal) => literal !== undefined);
  const guesses =
    next === -1
      ? [
          [...before, '<service>', ...behind.map(() => '<id>')],
          ...(behind.length > 1 ? [[...before, '<service...>', '<id>']] : []),
        ]
      : [
          [
            ...before,
            next === 0 ? '<service>' : '<service...>',
            ...behind.slice(next).map((literal) => literal ?? '<id>'),
          ],
        ];
  const texts = guesses.map((segments) => segments.join('/'));
  return [...new Set(texts)].filter((text) => !('problem' in parseKeyPattern(text)));
}

/** The segments of the keys that have the most common number of segments. */
function largestGroup(rests: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<number, string[][]>();
  for (const rest of rests) {
    const segments = rest.split('/');
    const group = groups.get(segments.length);
    if (group === undefined) groups.set(segments.length, [segments]);
    else group.push(segments);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

function isShared(group: readonly (readonly string[])[], at: number): boolean {
  return group.every((segments) => segments[at] === group[0]?.[at]);
}

/** The text that most keys, of at least two services, share at a segment; for a single service, the text that all keys share. */
function literalAt(group: readonly (readonly string[])[], service: number, at: number): string | undefined {
  if (isShared(group, at)) return group[0]?.[at];
  const counts = new Map<string, number>();
  for (const segments of group) counts.set(segments[at] ?? '', (counts.get(segments[at] ?? '') ?? 0) + 1);
  const [most = '', count = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  const services = new Set(group.filter((segments) => segments[at] === most).map((segments) => segments[service]));
  return count * 2 > group.length && services.size > 1 ? most : undefined;
}
