import { existsSync } from 'node:fs';
import { Content } from '../../../src/targets/files/content.js';
import { chmod, lstat, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atOnce, later } from '../../../src/targets/files/calls.js';
import { keep, writeNew } from '../../../src/targets/files/write.js';
import { memoryDir, tempDir } from '../../support/temp.js';
import { itWhere } from '../../support/where.js';

const kinds = [
  ['at once', atOnce],
  ['later', later],
] as const;

describe.each(kinds)('keeping an old file, %s', async (_kind, calls) => {
  it('gives the same inode a second name', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'a'), 'old');
    expect(await keep(calls, join(dir, 'a'), join(dir, 'b'))).toBe(true);
    expect((await stat(join(dir, 'b'))).ino).toBe((await stat(join(dir, 'a'))).ino);
  });

  it('replaces an old file under the second name', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'a'), 'old');
    await writeFile(join(dir, 'b'), 'stale');
    expect(await keep(calls, join(dir, 'a'), join(dir, 'b'))).toBe(true);
    expect(await readFile(join(dir, 'b'), 'utf8')).toBe('old');
  });

  it('returns false when there is no file', async () => {
    const dir = await tempDir();
    expect(await keep(calls, join(dir, 'a'), join(dir, 'b'))).toBe(false);
  });

  const [here, there] = [await tempDir(), await memoryDir()];
  const apart = (await stat(here)).dev !== (await stat(there)).dev;
  itWhere(apart, 'memory and temporary files are one file system')(
    'is a copy where no link can be made: content, mode, and links as links',
    async () => {
      await writeFile(join(here, 'a'), 'old');
      await chmod(join(here, 'a'), 0o640);
      expect(await keep(calls, join(here, 'a'), join(there, 'b'))).toBe(true);
      expect(await readFile(join(there, 'b'), 'utf8')).toBe('old');
      expect((await stat(join(there, 'b'))).mode & 0o7777).toBe(0o640);
      await symlink('/nowhere', join(here, 'link'));
      await keep(calls, join(here, 'link'), join(there, 'link'));
      expect(await readlink(join(there, 'link'))).toBe('/nowhere');
      expect((await lstat(join(there, 'link'))).isSymbolicLink()).toBe(true);
    },
  );
});

it.each(kinds)('never writes through a symlink at the path of a new file, %s', async (_kind, calls) => {
  const dir = await tempDir();
  await symlink(join(dir, 'victim'), join(dir, 'new'));
  await writeNew(calls, join(dir, 'new'), Content.ofPieces(['x']), { mode: 0o644, uid: undefined, gid: undefined });
  expect(existsSync(join(dir, 'victim'))).toBe(false);
  expect((await lstat(join(dir, 'new'))).isFile()).toBe(true);
});
