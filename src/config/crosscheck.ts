import { problemsOfKeys, type ConfiguredKeys } from '../formats/keys/settings.js';
import { nearest } from '../model/suggest.js';
import { showPath, type ConfigPath, type Finding } from './problem.js';
import { outlineConfig, type Outline } from './outline.js';
import { kindNames } from './target.js';

type Target = Outline['targets'][number];

/**
 * What only shows when the parts of a config are held against each other. It works on raw data of any shape, so that
 * these findings come together with those of the schema.
 */
export function crosscheck(data: unknown): Finding[] {
  const sketch = outlineConfig(data);
  const { sources, targets } = sketch;
  return [
    ...findTaken(sources.map(({ name }, index) => [name, ['sources', index, 'name']])),
    ...findTaken(targets.map(({ name }, index) => [name, ['targets', index, 'name']])),
    ...findTaken(outputsOf(targets)),
    ...findMeetings(targets),
    ...findTaken(ownersOf(targets)),
    ...findOverlaps(sketch),
    ...sources.flatMap(({ keys }, index) => findKeys(keys, index)),
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

interface Output {
  readonly path: string;
  readonly directory: string;
  /** The literal text of the file name around its {{…}}; one piece: the name is no pattern. */
  readonly pieces: readonly string[];
  readonly place: ConfigPath;
  readonly target: number;
}

/** A path with {{…}} becomes whatever somebody registers: it must not become the path of another target. */
function findMeetings(targets: readonly Target[]): Finding[] {
  const outputs = outputsOf(targets).map(([path, place]): Output => {
    const tag = path.indexOf('{{');
    const slash = path.lastIndexOf('/', tag < 0 ? undefined : tag);
    // A block is one piece of unknown text, up to where the last one can end.
    const pieces = path.slice(slash + 1).split(/\{\{~?[#^].*\}\}|\{\{.*?\}\}+/su);
    return { path, directory: path.slice(0, Math.max(slash, 0)), pieces, place, target: Number(place[1]) };
  });
  return outputs.flatMap((one, index) => {
    const other = outputs.slice(0, index).find((each) => each.target !== one.target && canMeet(each, one));
    if (other === undefined) return [];
    const hint = 'A file needs one target that writes it: use another directory, or names that cannot be equal.';
    return [{ ...error(one.place, `can be the same file as ${showPath(other.place)} of another target`), hint }];
  });
}

/** Equal paths are another finding. */
function canMeet(a: Output, b: Output): boolean {
  if (a.path === b.path || a.directory !== b.directory) return false;
  const [one, other] = [endsOf(a), endsOf(b)];
  if (a.pieces.length === 1) return matches(b.pieces, one.prefix);
  if (b.pieces.length === 1) return matches(a.pieces, other.prefix);
  return overlap(one.prefix, other.prefix) && (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix));
}

function endsOf({ pieces }: Output): { readonly prefix: string; readonly suffix: string } {
  return { prefix: pieces.at(0) ?? '', suffix: pieces.at(-1) ?? '' };
}

/** Whether the name can be the pieces in this order, with any text between them. */
function matches(pieces: readonly string[], name: string): boolean {
  if (pieces.length === 1) return pieces[0] === name;
  const [first, last] = [pieces.at(0) ?? '', pieces.at(-1) ?? ''];
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let rest = name.slice(first.length, name.length - last.length);
  return pieces.slice(1, -1).every((piece) => {
    const at = rest.indexOf(piece);
    rest = rest.slice(at + piece.length);
    return at >= 0;
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

function findKeys(keys: ConfiguredKeys, source: number): Finding[] {
  return problemsOfKeys(keys).map(({ at, message, hint }) => ({ ...error(['sources', source, at], message), hint }));
}

function findOverlaps({ sources }: Outline): Finding[] {
  return sources.flatMap(({ prefix }, index) => {
    if (prefix === undefined) return [];
    const path = ['sources', index, 'prefix'];
    if (prefix === '') return [warning(path, 'is empty: every key of the store is read')];
    const other = sources.findIndex(
      (source, at) =>
        at < index &&
        source.prefix !== undefined &&
        source.prefix !== '' &&
        overlap(textOf(source.prefix), textOf(prefix)),
    );
    return other < 0
      ? []
      : [warning(path, `overlaps with sources[${other}].prefix: the keys below both are read twice`)];
  });
}

function findStrangers({ sources: wanted }: Target, target: number, { sources }: Outline): Finding[] {
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
function findLoops({ skydns }: Target, target: number, { sources }: Outline): Finding[] {
  if (skydns === undefined) return [];
  const other = sources.findIndex(({ prefix }) => prefix !== undefined && overlap(textOf(prefix), `${skydns.prefix}/`));
  if (other < 0) return [];
  return [
    error(
      ['targets', target, 'skydns', 'prefix'],
      `overlaps with sources[${other}].prefix: what is written would be read again`,
    ),
  ];
}

/** What every key of a source begins with. */
function textOf(prefix: string): string {
  return prefix.replace(/\*$/, '');
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
