import { nearest } from '../model/suggest.js';
import { showPath, type ConfigPath, type Finding } from './problem.js';
import { draw, type Sketch } from './sketch.js';
import { kindNames } from './target.js';

type Target = Sketch['targets'][number];

/**
 * What only shows when the parts of a config are held against each other. It works on raw data of any shape, so that
 * these findings come together with those of the schema.
 */
export function crosscheck(data: unknown): Finding[] {
  const sketch = draw(data);
  const { sources, targets } = sketch;
  return [
    ...findTaken(sources.map(({ name }, index) => [name, ['sources', index, 'name']])),
    ...findTaken(targets.map(({ name }, index) => [name, ['targets', index, 'name']])),
    ...findTaken(outputsOf(targets)),
    ...findTaken(ownersOf(targets)),
    ...findOverlaps(sketch),
    ...targets.flatMap((target, index) => [
      ...findStrangers(target, index, sketch),
      ...findKind(target, index),
      ...findUnselected(target, index),
      ...findLoops(target, index, sketch),
    ]),
  ];
}

function findTaken(claims: readonly (readonly [value: string | undefined, path: ConfigPath])[]): Finding[] {
  const first = new Map<string, ConfigPath>();
  return claims.flatMap(([value, path]) => {
    const holder = value === undefined ? undefined : first.get(value);
    if (value !== undefined && holder === undefined) first.set(value, path);
    return holder === undefined ? [] : [error(path, `is taken already by ${showPath(holder)}`)];
  });
}

/** The files kind sees to it itself that no path stands twice in one target. */
function outputsOf(targets: readonly Target[]): [string, ConfigPath][] {
  return targets.flatMap(({ files }, target) => {
    const own = new Set<string>();
    return files.flatMap(({ path }, index): [string, ConfigPath][] => {
      if (path === undefined || own.has(path)) return [];
      own.add(path);
      return [[path, ['targets', target, 'files', index, 'path']]];
    });
  });
}

/** Two targets of one owner in one domain would remove each other's records. */
function ownersOf(targets: readonly Target[]): [string | undefined, ConfigPath][] {
  return targets.map(({ skydns }, target) => {
    const { prefix, domain, owner } = skydns ?? {};
    const claim = domain === undefined || owner === undefined ? undefined : JSON.stringify([prefix, domain, owner]);
    return [claim, ['targets', target, 'skydns', 'owner']];
  });
}

function findOverlaps({ sources }: Sketch): Finding[] {
  return sources.flatMap(({ prefix }, index) => {
    if (prefix === undefined) return [];
    const path = ['sources', index, 'prefix'];
    if (prefix === '') return [warning(path, 'is empty: every key of the store is read')];
    const other = sources.findIndex(
      (source, at) =>
        at < index && source.prefix !== undefined && source.prefix !== '' && overlap(source.prefix, prefix),
    );
    return other < 0
      ? []
      : [warning(path, `overlaps with sources[${other}].prefix: the keys below both are read twice`)];
  });
}

function findStrangers({ sources: wanted }: Target, target: number, { sources }: Sketch): Finding[] {
  const names = sources.flatMap(({ name }) => (name === undefined ? [] : [name]));
  return wanted.flatMap((name, index) => {
    if (name === undefined || names.includes(name)) return [];
    const near = nearest(name, names);
    const hint = near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean \`${near}\`?`;
    return [
      { ...error(['targets', target, 'sources', index], `no source has the name ${JSON.stringify(name)}`), hint },
    ];
  });
}

function findKind({ keys }: Target, target: number): Finding[] {
  const [first, second] = keys.filter((key) => (kindNames as readonly string[]).includes(key));
  const path = ['targets', target];
  const all = kindNames.map((kind) => `\`${kind}\``).join(' or ');
  if (first === undefined)
    return keys.length === 0 ? [] : [{ ...error(path, `needs ${all}`), at: 'key', lacks: kindNames }];
  if (second !== undefined)
    return [{ ...error([...path, second], `cannot stand beside \`${first}\`: a target is of one kind`), at: 'key' }];
  // A confirm asks whether a reload had its effect.
  if (keys.includes('confirm') && !keys.includes('reload'))
    return [{ ...error([...path, 'confirm'], 'has nothing to confirm: the target has no `reload`'), at: 'key' }];
  return [];
}

function findUnselected({ expect, selected }: Target, target: number): Finding[] {
  if (selected === undefined || selected.some((name) => name === undefined || name.includes('*'))) return [];
  return expect.flatMap((name, index) => {
    if (name === undefined || selected.includes(name)) return [];
    const path = ['targets', target, 'expect', index];
    return [warning(path, `${JSON.stringify(name)} is not among \`select.services\`: it will always be empty`)];
  });
}

/** Records that are read as registrations become records again. */
function findLoops({ skydns }: Target, target: number, { sources }: Sketch): Finding[] {
  if (skydns === undefined) return [];
  const other = sources.findIndex(({ prefix }) => prefix !== undefined && overlap(prefix, skydns.prefix));
  if (other < 0) return [];
  return [
    error(
      ['targets', target, 'skydns', 'prefix'],
      `overlaps with sources[${other}].prefix: what is written would be read again`,
    ),
  ];
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function error(path: ConfigPath, message: string): Finding {
  return { path, at: 'value', message, severity: 'error' };
}

function warning(path: ConfigPath, message: string): Finding {
  return { path, at: 'value', message, severity: 'warning' };
}
