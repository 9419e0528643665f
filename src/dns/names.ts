import { longestLabel, longestName } from './labels.js';

/** What the names of a zone are made from. Each is a label, or is made into one. */
const placeholders = ['service', 'instance', 'tag', 'scheme'] as const;
type Placeholder = (typeof placeholders)[number];

/** The names of a service, as patterns: `<tag>.<service>.<zone>`. `off`: there are no such names. */
export interface NamePatterns {
  /** Addresses of all instances. */
  readonly service: string;
  /** SRV records of all instances (RFC 2782). */
  readonly srv: string;
  /** SRV records of the instances with this scheme. */
  readonly scheme: string;
  /** Addresses of one instance: the target of its SRV records. Never `off`. */
  readonly instance: string;
  /** Addresses of the instances with this tag. */
  readonly tag: string;
}

export type NameKind = keyof NamePatterns;

export const defaultNames: NamePatterns = {
  service: '<service>.<zone>',
  srv: '_<service>._tcp.<service>.<zone>',
  scheme: '_<scheme>._tcp.<service>.<zone>',
  instance: '<instance>.<service>.<zone>',
  tag: '<tag>.<service>.<zone>',
};

/** For each kind of name, the placeholders that its pattern must have. */
const needed: Readonly<Record<NameKind, readonly Placeholder[]>> = {
  service: ['service'],
  srv: ['service'],
  scheme: ['service', 'scheme'],
  instance: ['service', 'instance'],
  tag: ['service', 'tag'],
};

/** One label of a pattern, with at most one placeholder. */
interface LabelPattern {
  readonly before: string;
  readonly placeholder: Placeholder | undefined;
  readonly after: string;
}

/** Why a pattern is not usable, or undefined. */
export function problemOfPattern(kind: NameKind, pattern: string): string | undefined {
  if (pattern === 'off') return kind === 'instance' ? 'cannot be `off`: SRV records need it' : undefined;
  if (!pattern.endsWith('.<zone>')) return 'must end with ".<zone>"';
  const labels = parsePattern(pattern);
  const used = labels.flatMap(({ placeholder }) => placeholder ?? []);
  for (const each of needed[kind]) if (!used.includes(each)) return `must contain <${each}>`;
  const isService = kind === 'srv' || kind === 'scheme';
  for (const { before, placeholder, after } of labels) {
    const example = `${before}${placeholder === undefined ? '' : 'x'}${after}`;
    if (placeholder !== undefined && !needed[kind].includes(placeholder)) return `cannot contain <${placeholder}>`;
    if (!/^_?[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(example))
      return `has the part ${JSON.stringify(`${before}${placeholder === undefined ? '' : `<${placeholder}>`}${after}`)}, which is no label: write lower-case letters, digits, hyphens and one <placeholder> between two dots`;
    if (before.length + after.length > longestLabel - shortestValue)
      return `has a label with more than ${longestLabel - shortestValue} characters beside its placeholder`;
    if (!isService && example.startsWith('_')) return 'is for addresses: no label may begin with `_`';
  }
  if (isService && !pattern.startsWith('_'))
    return 'is for SRV records: its first label must begin with `_` (RFC 2782)';
  return undefined;
}

/** Characters that a pattern must leave for the value of a placeholder. */
const shortestValue = 20;

/**
 * The two patterns of a pair that could give the same name to two services, or undefined. Without such a pair, no service can have a name
 * of another one, whatever it and its instances and tags are called.
 *
 * @param patterns all of them usable
 */
export function findAmbiguous(patterns: NamePatterns): readonly [NameKind, NameKind] | undefined {
  const kinds = (Object.keys(needed) as NameKind[]).filter((kind) => patterns[kind] !== 'off');
  const parsed = kinds.map((kind) => [kind, parsePattern(patterns[kind])] as const);
  for (const [at, [one, labels]] of parsed.entries())
    for (const [other, others] of parsed.slice(at)) if (!areApart(labels, others)) return [one, other];
  return undefined;
}

/** Whether names of two different services, one of each pattern, always differ. */
function areApart(some: readonly LabelPattern[], others: readonly LabelPattern[]): boolean {
  // A value has no dot, so a pattern and its names have equally many labels.
  if (some.length !== others.length) return true;
  return some.some((one, at) => {
    const other = others[at];
    if (other === undefined) return true;
    if (one.before.startsWith('_') !== other.before.startsWith('_')) return true;
    if (one.placeholder === undefined && other.placeholder === undefined) return one.before !== other.before;
    const isSame = one.placeholder === other.placeholder && one.before === other.before && one.after === other.after;
    return isSame && one.placeholder === 'service';
  });
}

/** Makes the names of one zone. */
export interface Names {
  /** Undefined when there are no such names. Values are labels of at most `most` characters. */
  readonly name: (kind: NameKind, values: Partial<Record<Placeholder, string>>) => string | undefined;
  /** The most characters of each value. */
  readonly most: Readonly<Record<Placeholder, number>>;
}

/** @param patterns as `problemOfPattern` and `findAmbiguous` accept them */
export function compileNames(patterns: NamePatterns, zone: string): Names {
  const parsed = new Map<NameKind, readonly LabelPattern[]>();
  for (const kind of Object.keys(needed) as NameKind[])
    if (patterns[kind] !== 'off') parsed.set(kind, parsePattern(patterns[kind]));
  const mostOf = (placeholder: Placeholder): number =>
    Math.min(
      ...[...parsed.values()]
        .flat()
        .filter((label) => label.placeholder === placeholder)
        .map(({ before, after }) => longestLabel - before.length - after.length),
      longestLabel,
    );
  return {
    most: { service: mostOf('service'), instance: mostOf('instance'), tag: mostOf('tag'), scheme: mostOf('scheme') },
    name(kind, values) {
      const labels = parsed.get(kind);
      if (!labels) return undefined;
      const own = labels.map(
        ({ before, placeholder, after }) =>
          `${before}${placeholder === undefined ? '' : (values[placeholder] ?? '')}${after}`,
      );
      return `${own.join('.')}.${zone}`;
    },
  };
}

/** The kind whose longest name does not fit into the zone (RFC 1035 section 2.3.4), or undefined. */
export function findTooLong(patterns: NamePatterns, zone: string): NameKind | undefined {
  const { name, most } = compileNames(patterns, zone);
  const values = Object.fromEntries(placeholders.map((each) => [each, 'x'.repeat(most[each])]));
  return (Object.keys(needed) as NameKind[]).find((kind) => (name(kind, values)?.length ?? 0) > longestName);
}

function parsePattern(pattern: string): readonly LabelPattern[] {
  return pattern
    .replace(/\.<zone>$/, '')
    .split('.')
    .map((label) => {
      const [, before = label, placeholder, after = ''] = /^([^<>]*)<([a-z]+)>([^<>]*)$/.exec(label) ?? [];
      const known = placeholders.find((each) => each === placeholder);
      return known === undefined
        ? { before: label, placeholder: undefined, after: '' }
        : { before, placeholder: known, after };
    });
}
