import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { syncDirectoryCalls, asyncDirectoryCalls, hasDescriptorPaths } from '../../src/filesystem/directory-calls.js';
import { locateFile, openDirectory, type WalkOptions } from '../../src/filesystem/walk.js';
import { asStranger, describeWithStranger, makeGround, type Ground } from '../support/stranger.js';
import { memoryDir } from '../support/temp.js';
import { itWhere } from '../support/where.js';

const descriptors = (): number => readdirSync('/proc/self/fd').length;

async function reached(path: string, options: WalkOptions = {}): Promise<string> {
  const directory = await openDirectory(path, options);
  await directory.close();
  return directory.path;
}

describe.each([
  ['at once', syncDirectoryCalls],
  ['later', asyncDirectoryCalls],
])('a walk, %s', (_how, calls) => {
  let dir: string;
  beforeEach(async () => {
    dir = await memoryDir();
    await mkdir(join(dir, 'real', 'below'), { recursive: true });
  });
  const at = (...names: string[]): string => join(dir, ...names);

  it('follows all links, relative, absolute and with ..', async () => {
    await symlink('real/below/../below', at('relative'));
    await symlink(at('relative'), at('absolute'));
    await symlink('../../real', at('real', 'below', 'up'));
    expect(await reached(at('absolute', 'up', 'below'), { calls })).toBe(at('real', 'below'));
    expect(await reached('/', { calls })).toBe('/');
  });

  it('keeps each descriptor open only as long as necessary', async () => {
    await symlink('circle', at('circle'));
    const before = descriptors();
    await expect(reached(at('circle'), { calls })).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(reached(at('absent', 'x'), { calls })).rejects.toMatchObject({ code: 'ENOENT' });
    await reached(at('real'), { calls });
    expect(descriptors()).toBe(before);
  });

  itWhere(hasDescriptorPaths, 'there is no /proc/self/fd')('means the same directory after a rename', async () => {
    const directory = await openDirectory(at('real'), { calls });
    await rename(at('real'), at('moved'));
    await mkdir(at('real'));
    await writeFile(directory.at('file'), 'here');
    await directory.close();
    expect(await readFile(at('moved', 'file'), 'utf8')).toBe('here');
  });

  it('creates missing directories only on request, with the requested mode', async () => {
    await expect(reached(at('new', 'er'), { calls })).rejects.toMatchObject({
      code: 'ENOENT',
      path: at('new'),
      message: expect.stringContaining(at('new')) as string,
    });
    expect(await reached(at('new', 'er'), { calls, makeMode: 0o700 })).toBe(at('new', 'er'));
    expect((await stat(at('new'))).mode & 0o7777).toBe(0o700);
    await expect(reached('/proc/rollcall/state', { calls, makeMode: 0o700 })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a file in the place of a directory', async () => {
    await writeFile(at('file'), '');
    await symlink('file', at('link'));
    for (const path of [at('file'), at('file', 'x'), at('link')])
      await expect(reached(path, { calls })).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('locates a file behind links, also when it does not exist yet', async () => {
    await symlink('real/file', at('one'));
    await symlink('one', at('two'));
    const { directory, name } = await locateFile(at('two'), { calls });
    await directory.close();
    expect([directory.path, name]).toEqual([at('real'), 'file']);
  });
});

describeWithStranger('the rules, beside another user', () => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await makeGround();
    await mkdir(join(ground.safe, 'inner'));
  });

  const refusal = (why: string): object => ({
    code: 'PATH_UNTRUSTED',
    message: expect.stringMatching(why) as string,
  });

  it('allow a directory of another user that root placed there, and refuse one that the user created', async () => {
    await asStranger(`mkdir ${ground.theirs}/made ${ground.sticky}/made`);
    expect(await reached(ground.theirs)).toBe(ground.theirs);
    await expect(reached(join(ground.theirs, 'made'))).rejects.toMatchObject(
      refusal('/theirs/made is a directory of user 65534, .* may write in .*/theirs \\(user 65534, mode 0755\\)'),
    );
    await expect(reached(join(ground.sticky, 'made'))).rejects.toMatchObject(refusal('sticky .*mode 1777'));
  });

  it('refuse links of another user, and links of root where others may write', async () => {
    await asStranger(`ln -s ${ground.safe}/inner ${ground.theirs}/link; ln -s ../safe ${ground.sticky}/link`);
    await symlink('../safe/inner', join(ground.sticky, 'roots'));
    await symlink('../safe/inner', join(ground.theirs, 'roots'));
    await symlink('safe/inner', join(ground.root, 'roots'));
    for (const path of [join(ground.theirs, 'link'), join(ground.sticky, 'link', 'inner')])
      await expect(reached(path)).rejects.toMatchObject(refusal('is a link of user 65534'));
    for (const path of [join(ground.theirs, 'roots'), join(ground.sticky, 'roots')])
      await expect(reached(path)).rejects.toMatchObject(refusal('is a link, and others than root .* may write in'));
    expect(await reached(join(ground.root, 'roots'))).toBe(join(ground.safe, 'inner'));
    await expect(locateFile(join(ground.theirs, 'link'))).rejects.toMatchObject(refusal('is a link of user 65534'));
  });

  it('refuse directories in which others may write when the caller asks for it, even with the sticky bit', async () => {
    await mkdir(join(ground.sticky, 'mine'));
    expect(await reached(join(ground.safe, 'inner'), { notWritableByOthers: 'all' })).toBe(join(ground.safe, 'inner'));
    await expect(reached(join(ground.sticky, 'mine'), { notWritableByOthers: 'all' })).rejects.toMatchObject(
      refusal('mode 1777'),
    );
    await expect(reached(ground.theirs, { notWritableByOthers: 'all' })).rejects.toMatchObject(refusal('user 65534'));
    await chmod(join(ground.safe, 'inner'), 0o770);
    await expect(reached(join(ground.safe, 'inner'), { notWritableByOthers: 'all' })).rejects.toMatchObject(
      refusal('mode 0770'),
    );
  });

  it('treat a directory on a read-only mount as not writable: a ConfigMap has mode 0777 and a link in it', async () => {
    await mkdir(join(ground.sticky, 'map', '..v1'), { recursive: true });
    await chmod(join(ground.sticky, 'map'), 0o777);
    await symlink('..v1', join(ground.sticky, 'map', '..data'));
    const path = join(ground.root, 'mounted');
    await mkdir(path);
    await expect(reached(join(ground.sticky, 'map', '..data'))).rejects.toMatchObject(refusal('mode 0777'));
    const run = promisify(execFile);
    await run('mount', ['--bind', join(ground.sticky, 'map'), path]);
    try {
      await run('mount', ['-o', 'remount,bind,ro', path]);
      expect(await reached(join(path, '..data'))).toBe(join(path, '..v1'));
    } finally {
      await run('umount', [path]);
    }
  });
});
