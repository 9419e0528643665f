import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/filesystem/make-directory.js';
import { memoryDir } from '../support/temp.js';

let dir: string;
beforeEach(async () => {
  dir = await memoryDir();
});

const modeOf = async (...names: string[]): Promise<number> => (await stat(join(dir, ...names))).mode & 0o7777;

describe('a directory', () => {
  it('is created with its parents, all with the same mode', async () => {
    await makeDirectory(join(dir, 'a', 'b', 'c'), 0o700);
    expect([await modeOf('a'), await modeOf('a', 'b'), await modeOf('a', 'b', 'c')]).toEqual([0o700, 0o700, 0o700]);
  });

  it('is left unchanged when it exists, behind a symlink too', async () => {
    await mkdir(join(dir, 'there'), { mode: 0o750 });
    await symlink('there', join(dir, 'link'));
    await makeDirectory(join(dir, 'there'), 0o700);
    await makeDirectory(join(dir, 'link'), 0o700);
    await makeDirectory(join(dir, 'link', 'below'), 0o700);
    expect([await modeOf('there'), await modeOf('there', 'below')]).toEqual([0o750, 0o700]);
  });

  it('may be created by several calls at once', async () => {
    const path = join(dir, 'x', 'y', 'z');
    await Promise.all(Array.from({ length: 8 }, () => makeDirectory(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it.each([
    ['a file in its place', 'file', 'EEXIST'],
    ['a file above it', 'file/below', 'ENOTDIR'],
    ['a symlink that leads nowhere', 'lost', 'EEXIST'],
    ['a symlink above it that leads nowhere', 'lost/below', 'EEXIST'],
  ])('is refused with %s', async (_title, name, code) => {
    await writeFile(join(dir, 'file'), '');
    await symlink('nowhere', join(dir, 'lost'));
    await expect(makeDirectory(join(dir, name))).rejects.toMatchObject({ code });
  });

  it('is refused at once where the file system allows no new directory', async () => {
    await expect(makeDirectory('/proc/rollcall/state')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
