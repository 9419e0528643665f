import { expect, it, vi } from 'vitest';
import {
  adoptedOf,
  conflictsOf,
  diffFiles,
  type ObservedFiles,
  type FoundFile,
  type ObservedFile,
} from '../../../src/targets/files/diff.js';
import { Content } from '../../../src/targets/files/content.js';
import type { DesiredFile } from '../../../src/targets/files/desired-file.js';

const contentOf = (text: string): Content => Content.ofPieces([text]);
const wanted = (path: string, text = 'new'): DesiredFile => ({
  path,
  content: contentOf(text),
  mode: 0o644,
  owner: undefined,
  group: undefined,
  inPlace: false,
  fanOut: false,
  serial: false,
  secret: false,
});
const found = (over: Partial<FoundFile> = {}): FoundFile => ({
  content: contentOf('new'),
  mode: 0o644,
  uid: 0,
  gid: 0,
  keeping: 'all',
  ...over,
});
const seen = (files: Record<string, Partial<ObservedFile>>, orphans: string[] = []): ObservedFiles => ({
  files: new Map(
    Object.entries(files).map(([path, over]) => [
      path,
      { file: wanted(path), real: path, uid: undefined, gid: undefined, found: found(), ours: false, ...over },
    ]),
  ),
  orphans,
  at: 1_700_000_000,
});

const cases: [string, Partial<ObservedFile>, 'create' | 'update' | undefined][] = [
  ['nothing there', { found: undefined }, 'create'],
  ['equal content', {}, undefined],
  ['other content', { found: found({ content: contentOf('old') }) }, 'update'],
  ['content that was not read', { found: found({ content: undefined }) }, 'update'],
  ['another mode', { found: found({ mode: 0o600 }) }, 'update'],
  ['a set-id bit', { found: found({ mode: 0o4644 }) }, 'update'],
  ['another owner than wanted', { uid: 33 }, 'update'],
  ['another group than wanted', { gid: 33 }, 'update'],
  ['any owner when none is wanted', { found: found({ uid: 1000, gid: 1000 }) }, undefined],
];
it.each(cases)('%s', (_name, there, action) => {
  const changes = diffFiles(seen({ '/a': there }));
  expect(changes.map((change) => change.action)).toEqual(action ? [action] : []);
});

it('joins no parts of a content to compare it, unless a serial is in it', () => {
  const joined = vi.spyOn(Content.prototype, 'bytes', 'get');
  try {
    diffFiles(seen({ '/a': { found: found({ content: contentOf('old') }) } }));
    expect(joined).not.toHaveBeenCalled();
    diffFiles(seen({ '/a': { file: { ...wanted('/a'), serial: true }, found: found({ content: contentOf('old') }) } }));
    expect(joined).toHaveBeenCalled();
  } finally {
    joined.mockRestore();
  }
});

const fanOutCases: [string, Partial<ObservedFile>, 'create' | 'update' | 'left alone' | 'adopted' | 'in step'][] = [
  ['nothing there', { found: undefined }, 'create'],
  ['nothing there any more', { found: undefined, ours: true }, 'create'],
  ['our file with other content', { found: found({ content: undefined }), ours: true }, 'update'],
  ['a foreign file with other content', { found: found({ content: contentOf('old') }) }, 'left alone'],
  ['a foreign file with another mode', { found: found({ mode: 0o600 }) }, 'left alone'],
  ['our file as wanted', { ours: true }, 'in step'],
  ['an unknown file as wanted', {}, 'adopted'],
];
it.each(fanOutCases)('in a fan-out: %s', (_name, there, outcome) => {
  const before = seen({ '/a': { file: { ...wanted('/a'), fanOut: true }, real: '/real/a', ...there } });
  const is = (...outcomes: string[]): boolean => outcomes.includes(outcome);
  expect(diffFiles(before).map(({ action }) => action)).toEqual(is('create', 'update') ? [outcome] : []);
  expect(conflictsOf(before)).toEqual(is('left alone') ? ['/a'] : []);
  expect(adoptedOf(before)).toEqual(is('adopted') ? ['/real/a'] : []);
});

it('sorts by output, counts bytes, and writes where the symlinks lead', () => {
  const written = { file: wanted('/b', 'äö'), real: '/real/b', found: undefined };
  const changes = diffFiles(seen({ '/b': written, '/d': { found: undefined } }, ['/c', '/a']));
  expect(changes.map(({ action, output, bytes, real }) => [action, output, bytes, real])).toEqual([
    ['delete', '/a', 0, '/a'],
    ['create', '/b', 4, '/real/b'],
    ['delete', '/c', 0, '/c'],
    ['create', '/d', 3, '/d'],
  ]);
});
