import { baseOf } from '../../model/key-prefix.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import { matchKey, parseKeyPattern } from './pattern.js';

/** What people can do about keys that do not fit. */
export interface KeyAdvice {
  /** Keys that do not fit, and all that are no markers. */
  readonly misfits: number;
  readonly keys: number;
  /** One of them. */
  readonly example: string;
  /** What to write in the source, one or two alternatives. Empty when no pattern would fit most of them. */
  readonly remedies: readonly string[];
}

/** Keys that are looked at for a pattern. */
const sample = 1000;

/**
 * Advice for a source of which most keys do not fit its pattern; undefined where most do. It is for people: a pattern is
 * never taken from the keys by itself, because whoever may write keys would then decide where the service stands.
 */
export function adviseKeys({ prefix, rejected, counts }: SourceSnapshot): KeyAdvice | undefined {
  const misfits = rejected.filter(({ code }) => code === 'key-mismatch').map(({ key }) => key);
  const keys = counts.keys - counts.ignored;
  const [example] = misfits;
  if (example === undefined || misfits.length * 2 <= keys) return undefined;
  return { misfits: misfits.length, keys, example, remedies: remediesFor(misfits.slice(0, sample), baseOf(prefix)) };
}

/** One sentence. */
export function describeAdvice({ misfits, keys, example, remedies }: KeyAdvice): string {
  const one = keys === 1;
  const counted = one
    ? 'the only key does'
    : misfits === keys
      ? `all ${keys} keys do`
      : `${misfits} of ${keys} keys do`;
  const said = `${counted} not fit the source's key pattern${one ? ':' : ', such as'} ${JSON.stringify(example)}`;
  if (remedies.length === 0) return said;
  return `${said}; ${one ? 'it' : 'they'} would with ${remedies.join(', or with ')} in the source`;
}

function remediesFor(keys: readonly string[], base: string): readonly string[] {
  const rests = keys.map((key) => key.slice(base.length));
  const most = (fits: (rest: string) => boolean): boolean => rests.filter(fits).length * 2 > rests.length;
  if (base === '' && most((rest) => rest.startsWith('/'))) return ['`prefix: /`'];
  if (most((rest) => !rest.includes('/'))) {
    const last = base.split('/').at(-2) ?? '';
    return [`\`service: ${last === '' ? 'NAME' : last}\``, '`key: <service>`'];
  }
  const pattern = patternFor(rests);
  const parsed = parseKeyPattern(pattern);
  if ('problem' in parsed || !most((rest) => matchKey(parsed, rest) !== undefined)) return [];
  return [`\`key: ${pattern}\``];
}

/**
 * Of the commonest number of segments: those that are the same in all keys are literals, the first that differs is the
 * service, and what differs behind the next literal is the id.
 */
function patternFor(rests: readonly string[]): string {
  const deep = '<service...>/<id>';
  const [first, ...others] = groupByCount(rests).sort((a, b) => b.length - a.length)[0] ?? [];
  if (first === undefined || others.length === 0) return deep;
  const constant = first.map((segment, at) => others.every((segments) => segments[at] === segment));
  constant[first.length - 1] = false;
  let start = constant.indexOf(false);
  // One service only: it is the first segment.
  if (start === first.length - 1) start = 0;
  const next = constant.indexOf(true, start + 1);
  if (next === -1)
    return start === 0
      ? deep
      : [...first.slice(0, start), first.length - start > 2 ? '<service...>' : '<service>', '<id>'].join('/');
  const service = next - start > 1 ? '<service...>' : '<service>';
  const rest = first.slice(next).map((segment, index) => (constant[next + index] ? segment : '<id>'));
  return [...first.slice(0, start), service, ...rest].join('/');
}

function groupByCount(rests: readonly string[]): string[][][] {
  const groups = new Map<number, string[][]>();
  for (const rest of rests) {
    const segments = rest.split('/');
    const group = groups.get(segments.length);
    if (group === undefined) groups.set(segments.length, [segments]);
    else group.push(segments);
  }
  return [...groups.values()];
}
