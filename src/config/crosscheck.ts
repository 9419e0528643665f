import { problemsOfKeys, type ConfiguredKeys } from '../formats/keys/settings.js';
import { textOf, valueOf } from '../model/raw-data.js';
import { nearest } from '../model/suggest.js';
import type { TargetKinds } from '../targets/kinds.js';
import { crosscheckClaims } from './crosscheck-claims.js';
import { outlineConfig, type Outline } from './outline.js';
import { overlap, textOfPrefix } from './overlap.js';
import { problemAt, type ConfigPath, type UnlocatedProblem } from './problem.js';
import { findTaken } from './taken.js';

type Target = Outline['targets'][number];

/**
 * Finds the problems that show only when the parts of a config are compared. It works on raw data of any shape, so that
 * these problems are reported together with those of the schema.
 */
export function crosscheck(data: unknown, kinds: TargetKinds): UnlocatedProblem[] {
  const outline = outlineConfig(data, kinds);
  const { sources, targets } = outline;
  return [
    ...findTaken(sources.map(({ name }, index) => [name, ['sources', index, 'name']])),
    ...findTaken(targets.map(({ name }, index) => [name, ['targets', index, 'name']])),
    ...crosscheckClaims(outline),
    ...findOverlaps(outline),
    ...findElection(data, outline, kinds),
    ...sources.flatMap(({ keys }, index) => findKeys(keys, index)),
    ...targets.flatMap((target, index) => [
      ...findUnknownSources(target, index, outline),
      ...findKind(target, index, kinds),
      ...findUnselected(target, index),
    ]),
  ];
}

function findKeys(keys: ConfiguredKeys, source: number): UnlocatedProblem[] {
  return problemsOfKeys(keys).map(({ at, message, hint }) => ({
    ...problemAt(['sources', source, at], message),
    hint,
  }));
}

function findOverlaps({ sources }: Outline): UnlocatedProblem[] {
  return sources.flatMap(({ prefix }, index) => {
    if (prefix === undefined) return [];
    const path = ['sources', index, 'prefix'];
    if (prefix === '') return [warningAt(path, 'is empty: every key of the store is read')];
    const other = sources.findIndex(
      (source, at) =>
        at < index &&
        source.prefix !== undefined &&
        source.prefix !== '' &&
        overlap(textOfPrefix(source.prefix), textOfPrefix(prefix)),
    );
    return other < 0
      ? []
      : [warningAt(path, `overlaps with sources[${other}].prefix: the keys below both are read twice`)];
  });
}

/** Without an election, a config with cluster-wide targets is for one process. */
function findElection(data: unknown, { sources, targets }: Outline, kinds: TargetKinds): UnlocatedProblem[] {
  const election = valueOf(data, 'election');
  const clusterWide = kinds.all.flatMap(({ key, clusterWide: isWide = false }) => (isWide ? [key] : []));
  const found = targets.flatMap(({ keys }, index) =>
    keys.filter((key) => clusterWide.includes(key)).map((key) => ['targets', index, key]),
  );
  const [first] = found;
  if (election === undefined) {
    if (!first) return [];
    const hint = 'Run one process with this config, or add `election`: docs/election.md.';
    return [
      { ...warningAt(first, 'is cluster-wide, and no `election` says which process writes it'), at: 'key', hint },
    ];
  }
  const unused = first ? [] : [warningAt(['election'], 'is not used: no target is cluster-wide')];
  const prefix = textOf(valueOf(valueOf(election, 'etcd'), 'prefix'));
  const other = sources.findIndex(
    (source) =>
      prefix !== undefined && source.prefix !== undefined && overlap(textOfPrefix(source.prefix), textOfPrefix(prefix)),
  );
  const path = ['election', 'etcd', 'prefix'];
  const read =
    other < 0 ? [] : [warningAt(path, `sources[${other}] reads these keys: the leader looks like a registration`)];
  return [...unused, ...read];
}

function findUnknownSources(target: Target, index: number, { sources }: Outline): UnlocatedProblem[] {
  const names = sources.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const listed = target.sources.map((name, at) => ({ name, path: ['targets', index, 'sources', at] }));
  return [...listed, ...target.named].flatMap(({ name, path }) => {
    if (name === undefined || names.includes(name)) return [];
    const near = nearest(name, names);
    const hint = near === undefined ? `The sources are: ${names.join(', ')}.` : `Did you mean \`${near}\`?`;
    return [{ ...problemAt(path, `no source has the name ${JSON.stringify(name)}`), hint }];
  });
}

function findKind({ keys }: Target, target: number, kinds: TargetKinds): UnlocatedProblem[] {
  const [first, second] = keys.filter((key) => kinds.keys.includes(key));
  const path = ['targets', target];
  const all = kinds.keys.map((key) => `\`${key}\``).join(' or ');
  if (first === undefined)
    return keys.length === 0 ? [] : [{ ...problemAt(path, `needs ${all}`), at: 'key', lacks: kinds.keys }];
  if (second !== undefined)
    return [
      {
        ...problemAt([...path, second], `cannot be used together with \`${first}\`: a target is of one kind`),
        at: 'key',
      },
    ];
  if (keys.includes('haproxyRuntime')) {
    const runtime = [...path, 'haproxyRuntime'];
    // The schema names the missing key when the target is of no kind.
    if (first !== 'files')
      return [{ ...problemAt(runtime, 'needs `files`: only a file can hold backends of HAProxy'), at: 'key' }];
    if (!keys.includes('reload'))
      return [
        { ...problemAt(runtime, 'needs a `reload` beside it, for what a running HAProxy cannot change'), at: 'key' },
      ];
  }
  // A confirm shows the effect of a reload.
  if (keys.includes('confirm') && !keys.includes('reload'))
    return [{ ...problemAt([...path, 'confirm'], 'has nothing to confirm: the target has no `reload`'), at: 'key' }];
  return [];
}

function findUnselected({ expect, selected }: Target, target: number): UnlocatedProblem[] {
  if (selected === undefined || selected.some((name) => name === undefined || name.includes('*'))) return [];
  return expect.flatMap((name, index) => {
    if (name === undefined || selected.includes(name)) return [];
    const path = ['targets', target, 'expect', index];
    return [warningAt(path, `${JSON.stringify(name)} is not among \`select.services\`: it will always be empty`)];
  });
}

function warningAt(path: ConfigPath, message: string): UnlocatedProblem {
  return { ...problemAt(path, message), severity: 'warning' };
}
