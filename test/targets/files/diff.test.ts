import { expect, it } from 'vitest';
import { diffFiles, type FilesSeen, type FoundFile, type SeenFile } from '../../../src/targets/files/diff.js';
import type { FilesWant, WantedFile } from '../../../src/targets/files/want.js';

const wanted = (path: string, text = 'new'): WantedFile => ({
  path,
  content: Buffer.from(text),
  mode: 0o644,
  owner: undefined,
  group: undefined,
  inPlace: false,
  fanOut: false,
});
const found = (over: Partial<FoundFile> = {}): FoundFile => ({
  content: Buffer.from('new'),
  mode: 0o644,
  uid: 0,
  gid: 0,
  ...over,
});
const seen = (files: Record<string, Partial<SeenFile>>, orphans: string[] = []): FilesSeen => ({
  files: new Map(
    Object.entries(files).map(([path, over]) => [
      path,
      { real: path, uid: undefined, gid: undefined, found: found(), ...over },
    ]),
  ),
  orphans,
});
const want = (...files: WantedFile[]): FilesWant => ({ files, quarantined: [] });

const cases: [string, Partial<SeenFile>, 'create' | 'update' | undefined][] = [
  ['nothing there', { found: undefined }, 'create'],
  ['equal content', {}, undefined],
  ['other content', { found: found({ content: Buffer.from('old') }) }, 'update'],
  ['content that was not read', { found: found({ content: undefined }) }, 'update'],
  ['another mode', { found: found({ mode: 0o600 }) }, 'update'],
  ['a set-id bit', { found: found({ mode: 0o4644 }) }, 'update'],
  ['another owner than wanted', { uid: 33 }, 'update'],
  ['another group than wanted', { gid: 33 }, 'update'],
  ['any owner when none is wanted', { found: found({ uid: 1000, gid: 1000 }) }, undefined],
];
it.each(cases)('%s', (_name, there, action) => {
  const changes = diffFiles(want(wanted('/a')), seen({ '/a': there }));
  expect(changes.map((change) => change.action)).toEqual(action ? [action] : []);
});

it('sorts by output, counts bytes, and writes where the symlinks lead', () => {
  const files = want(wanted('/b', 'äö'), wanted('/d'));
  const changes = diffFiles(
    files,
    seen({ '/b': { real: '/real/b', found: undefined }, '/d': { found: undefined } }, ['/c', '/a']),
  );
  expect(changes.map(({ action, output, bytes, real }) => [action, output, bytes, real])).toEqual([
    ['delete', '/a', 0, '/a'],
    ['create', '/b', 4, '/real/b'],
    ['delete', '/c', 0, '/c'],
    ['create', '/d', 3, '/d'],
  ]);
});
