import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { explainUnread, explainUnwritten } from '../../src/model/file-error.js';
import { memoryDir } from '../support/temp.js';

const caught = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => undefined,
    (error: unknown) => error,
  );

it.each([
  ['absent', 'there is no PATH (ENOENT)', 'there is no directory for PATH/below (ENOENT)'],
  [
    'file/below',
    'there is no PATH: a part of this path is a file (ENOTDIR)',
    'PATH/below: a part of this path is a file (ENOTDIR)',
  ],
  ['folder', 'it is a directory (EISDIR)', 'PATH is a directory (EISDIR)'],
])(
  'what cannot be read or written is said in words, with its path and the code: %s',
  async (name, unread, unwritten) => {
    const dir = await memoryDir();
    await mkdir(join(dir, 'folder'));
    await writeFile(join(dir, 'file'), '');
    const path = join(dir, name);
    expect(explainUnread(await caught(readFile(path)))).toBe(unread.replace('PATH', path));
    const below = name === 'folder' ? path : join(path, 'below');
    expect(explainUnwritten(await caught(writeFile(below, '')))).toContain(unwritten.replace('PATH', path));
  },
);

it('a file that the message already names is not named again, but any other file is', async () => {
  const path = join(await memoryDir(), 'absent');
  const error = await caught(readFile(path));
  expect(explainUnread(error, path)).toBe('it does not exist (ENOENT)');
  expect(explainUnread(error, '/link')).toBe(`there is no ${path} (ENOENT)`);
});

it('any other error keeps its message', () => {
  expect(explainUnread(new Error('why'))).toBe('why');
  expect(explainUnread(Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE', path: '/x' }))).toBe(
    'EMFILE: too many open files',
  );
  expect(explainUnwritten('why')).toBe('why');
});
