/** A pattern of keys. */
export interface Glob {
  /** What all keys that match begin with. */
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
}

const longest = 1000;

/**
 * A pattern of keys, segment by segment: `*` is any part of a segment, `?` one character of it, and `**` as the last
 * segment everything below. All other characters are themselves. Text: why there is no such pattern.
 */
export function compileGlob(pattern: string): Glob | string {
  if (pattern.length > longest) return `the pattern is longer than ${longest} characters`;
  const segments = pattern.split('/');
  const deep = segments.at(-1) === '**';
  if (deep) segments.pop();
  if (segments.some((segment) => segment.includes('**'))) return '"**" can only be the last segment of a pattern';
  const parts = segments.map((segment) => Array.from(segment));
  return {
    prefix: /^[^*?]*/.exec(pattern)?.[0] ?? '',
    matches: (key) => {
      const found = key.split('/');
      if (deep ? found.length <= parts.length : found.length !== parts.length) return false;
      return parts.every((part, index) => matchSegment(part, Array.from(found[index] ?? '')));
    },
  };
}

/** On a mismatch only the last star takes one character more: that is enough, and never costs more than the product. */
function matchSegment(pattern: readonly string[], text: readonly string[]): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let index = 0; index < text.length;) {
    const expected = pattern[at];
    if (expected === '*') [star, resume] = [at++, index];
    else if (expected === '?' || expected === text[index]) [at, index] = [at + 1, index + 1];
    else if (star >= 0) [at, index, resume] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  return pattern.slice(at).every((char) => char === '*');
}
