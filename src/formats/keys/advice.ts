import { baseOf, clip } from '../../model/key-prefix.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import { guessPatterns } from './guess.js';
import { compileKeyPattern, matchKey } from './pattern.js';

/** What people can do about keys that do not fit. */
export interface KeyAdvice {
  /** Keys that do not fit, and all that are no markers. */
  readonly misfits: number;
  readonly keys: number;
  /** One of them. */
  readonly example: string;
  /** The pattern that they do not fit, and the service where the source names it. */
  readonly pattern: string;
  /** What to write in the source, one or two alternatives. Empty when nothing would read most of them. */
  readonly remedies: readonly string[];
}

/** Keys that are looked at. */
const sample = 1000;
/** Longer keys are nothing that a pattern is written for, in UTF-16 code units. */
const longest = 1024;

/**
 * Advice for a source of which most keys do not fit its pattern; undefined where most do. It is for people: a pattern is
 * never taken from the keys by itself, because whoever may write keys would then decide where the service stands.
 */
export function adviseKeys(source: SourceSnapshot): KeyAdvice | undefined {
  if (!known.has(source)) known.set(source, findAdvice(source));
  return known.get(source);
}

/** Snapshots are asked by several, and once more as the one before. */
const known = new WeakMap<SourceSnapshot, KeyAdvice | undefined>();

function findAdvice({ prefix, keys: pattern, rejected, counts }: SourceSnapshot): KeyAdvice | undefined {
  const misfits = rejected.filter(({ code }) => code === 'key-mismatch').map(({ key }) => key);
  const keys = counts.keys - counts.ignored;
  const [example] = misfits;
  if (example === undefined || misfits.length * 2 <= keys) return undefined;
  const some = misfits.slice(0, sample).filter((key) => key.length <= longest);
  const found = remediesFor(some, prefix);
  // As `Format.keys` says it.
  const isNamed = / of [^/]/.test(pattern);
  const remedies = found.map((remedy) =>
    isNamed && remedy.includes('<service') ? `${remedy} in place of \`service\`` : remedy,
  );
  return { misfits: misfits.length, keys, example: clip(example), pattern, remedies };
}

/** One sentence. */
export function describeAdvice({ misfits, keys, example, pattern, remedies }: KeyAdvice): string {
  const shown = JSON.stringify(example);
  const said =
    keys === 1
      ? `the only key, ${shown}, does not fit ${pattern}`
      : misfits === keys
        ? `none of the ${keys} keys fits ${pattern}, such as ${shown}`
        : `${misfits} of ${keys} keys do not fit ${pattern}, such as ${shown}`;
  const advice = remedies.length === 0 ? 'the `key` that says where service and id stand' : remedies.join(', or ');
  return `${said}: write ${advice}`;
}

function remediesFor(keys: readonly string[], prefix: string): readonly string[] {
  const base = baseOf(prefix);
  const rests = keys.map((key) => key.slice(base.length));
  const last = prefix.split('/').findLast((segment) => segment !== '');
  const both = [`\`service: ${last ?? 'NAME'}\``, '`key: <service>`'];
  if (isMost(rests, (rest) => !rest.includes('/'))) return both;
  if (base === '' && isMost(rests, (rest) => rest.startsWith('/'))) {
    const [pattern, ...others] = patternsFor(rests.map((rest) => rest.replace(/^\//, '')));
    if (pattern === '<service>/<id>') return ['`prefix: /`'];
    return pattern === undefined
      ? ['`prefix: /`']
      : [pattern, ...others].map((each) => `\`prefix: /\` with \`key: ${each}\``);
  }
  // A prefix that ends within a segment leaves that one segment in front.
  if (prefix.endsWith('*') && prefix.length > base.length + 1)
    return patternsFor(rests.map((rest) => rest.slice(rest.indexOf('/') + 1))).map((each) => `\`key: <_>/${each}\``);
  return patternsFor(rests).map((each) => `\`key: ${each}\``);
}

/** Those that read most of the keys. */
function patternsFor(rests: readonly string[]): readonly string[] {
  return guessPatterns(rests).filter((text) => {
    const pattern = compileKeyPattern(text);
    return isMost(rests, (rest) => matchKey(pattern, rest) !== undefined);
  });
}

function isMost(rests: readonly string[], fits: (rest: string) => boolean): boolean {
  return rests.filter(fits).length * 2 > rests.length;
}
