/** A pattern of keys. */
export interface Glob {
  /** All matching keys begin with this text. */
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
}

const maxLength = 1000;

/**
 * Compiles a pattern of keys. `*` matches any part of a segment, `?` one character, and `**` as the last segment all keys below. Other
 * characters match themselves. Returns a text when the pattern is invalid: the reason.
 */
export function compileGlob(pattern: string): Glob | string {
  if (pattern.length > maxLength) return `the pattern is longer than ${maxLength} characters`;
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

/** On a mismatch, only the last star takes one more character. So the time is at most the product of both lengths. */
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
