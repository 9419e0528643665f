import { baseOf, clip } from '../../model/key-prefix.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import { guessPatterns } from './guess.js';
import { compileKeyPattern, matchKey } from './pattern.js';

/** Advice for the operator about keys that do not fit the source's pattern. */
export interface KeyAdvice {
  /** How many keys do not fit. */
  readonly mismatched: number;
  /** How many keys there are, without markers. */
  readonly keys: number;
  /** One key that does not fit. */
  readonly example: string;
  /** `Format.keys` of the source: its pattern, and its service if the source names one. */
  readonly pattern: string;
  /** One or two alternatives to write in the source. Empty when no known setting reads most of the keys. */
  readonly remedies: readonly string[];
}

/** How many mismatched keys are examined. */
const sampleSize = 1000;
/** Longest key that is examined, in UTF-16 code units. */
const maxKeyLength = 1024;

/**
 * Advice for a source most of whose keys do not fit its pattern; undefined when at least half of them fit. The advice is for the
 * operator: rollcall never derives the pattern from the keys, because then a registrant could choose which segment is the service.
 */
export function adviseKeys(source: SourceSnapshot): KeyAdvice | undefined {
  if (!adviceCache.has(source)) adviceCache.set(source, findAdvice(source));
  return adviceCache.get(source);
}

/** Several callers ask for the same snapshot, some of them again as the previous snapshot. */
const adviceCache = new WeakMap<SourceSnapshot, KeyAdvice | undefined>();

function findAdvice({ prefix, keys: pattern, rejected, counts }: SourceSnapshot): KeyAdvice | undefined {
  const mismatches = rejected.filter(({ code }) => code === 'key-mismatch').map(({ key }) => key);
  const keys = counts.keys - counts.ignored;
  const [example] = mismatches;
  if (example === undefined || mismatches.length * 2 <= keys) return undefined;
  const sampled = mismatches.slice(0, sampleSize).filter((key) => key.length <= maxKeyLength);
  const found = suggestRemedies(sampled, prefix);
  // `Format.keys` writes " of NAME" when the source names the service.
  const isNamed = / of [^/]/.test(pattern);
  const remedies = found.map((remedy) =>
    isNamed && remedy.includes('<service') ? `${remedy} in place of \`service\`` : remedy,
  );
  return { mismatched: mismatches.length, keys, example: clip(example), pattern, remedies };
}

/** The advice as one sentence, without a full stop. */
export function describeAdvice({ mismatched, keys, example, pattern, remedies }: KeyAdvice): string {
  const shown = JSON.stringify(example);
  const finding =
    keys === 1
      ? `the only key, ${shown}, does not fit ${pattern}`
      : mismatched === keys
        ? `none of the ${keys} keys fits ${pattern}, such as ${shown}`
        : `${mismatched} of ${keys} keys do not fit ${pattern}, such as ${shown}`;
  const advice = remedies.length === 0 ? 'the `key` that says where service and id stand' : remedies.join(', or ');
  return `${finding}: write ${advice}`;
}

function suggestRemedies(keys: readonly string[], prefix: string): readonly string[] {
  const base = baseOf(prefix);
  const rests = keys.map((key) => key.slice(base.length));
  const last = prefix.split('/').findLast((segment) => segment !== '');
  const both = [`\`service: ${last ?? 'NAME'}\``, '`key: <service>`'];
  if (isMost(rests, (rest) => !rest.includes('/'))) return both;
  if (base === '' && isMost(rests, (rest) => rest.startsWith('/'))) {
    const [pattern, ...others] = suggestPatterns(rests.map((rest) => rest.replace(/^\//, '')));
    if (pattern === '<service>/<id>') return ['`prefix: /`'];
    return pattern === undefined
      ? ['`prefix: /`']
      : [pattern, ...others].map((each) => `\`prefix: /\` with \`key: ${each}\``);
  }
  // When the prefix ends within a segment, the rest of this segment comes first.
  if (prefix.endsWith('*') && prefix.length > base.length + 1)
    return suggestPatterns(rests.map((rest) => rest.slice(rest.indexOf('/') + 1))).map(
      (each) => `\`key: <_>/${each}\``,
    );
  return suggestPatterns(rests).map((each) => `\`key: ${each}\``);
}

/** The guessed patterns that match most of the keys. */
function suggestPatterns(rests: readonly string[]): readonly string[] {
  return guessPatterns(rests).filter((text) => {
    const pattern = compileKeyPattern(text);
    return isMost(rests, (rest) => matchKey(pattern, rest) !== undefined);
  });
}

function isMost(rests: readonly string[], fits: (rest: string) => boolean): boolean {
  return rests.filter(fits).length * 2 > rests.length;
}
