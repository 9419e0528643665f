import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFileReader, readContents } from '../../src/config/contents.js';
import { createAuth } from '../../src/etcd/auth.js';
import { readTls } from '../../src/etcd/tls.js';
import { readTrusted } from '../../src/filesystem/read.js';
import { readPidFile } from '../../src/reload/pid-file.js';
import { main } from '../support/command.js';
import { asStranger, describeWithStranger, makeGround, stranger, type Ground } from '../support/stranger.js';
import { memoryDir } from '../support/temp.js';

describe('a file that is read', () => {
  it('may be behind links; the error names a directory or a FIFO in its place', async () => {
    const dir = await memoryDir();
    await writeFile(join(dir, 'file'), 'text');
    await symlink('file', join(dir, 'link'));
    expect((await readTrusted(join(dir, 'link'))).toString()).toBe('text');
    await expect(readTrusted(dir)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(readTrusted(join(dir, 'none'))).rejects.toMatchObject({ code: 'ENOENT', path: join(dir, 'none') });
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    await expect(readTrusted(join(dir, 'pipe'))).rejects.toThrow(`${join(dir, 'pipe')} is no regular file`);
  });

  it('may be standard input, through a link of the kernel', () => {
    const config = 'sources: [{ name: services, prefix: /services/ }]\ntargets: []\n';
    const command = 'printf %s "$1" | "$2" "$3" validate --offline -c /dev/stdin';
    const { stderr, status } = spawnSync('sh', ['-c', command, 'sh', config, process.execPath, main], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('targets');
    expect(stderr).not.toContain('cannot be read');
  });
});

describeWithStranger('files of a config, beside another user', () => {
  let ground: Ground;
  let secret: string;
  beforeEach(async () => {
    ground = await makeGround();
    secret = join(ground.safe, 'secret');
    await writeFile(secret, '1\n', { mode: 0o600 });
    await asStranger(
      `ln -s ${ground.safe} ${ground.theirs}/way; ln -s ${secret} ${ground.theirs}/link; mkfifo ${ground.theirs}/pipe`,
    );
  });

  const planted = (): string[] => ['way/secret', 'link'].map((name) => join(ground.theirs, name));

  it('templates, partials and configs are not read through a link of another user, nor from a FIFO', async () => {
    const reader = createFileReader();
    const link = expect.stringContaining('is a link of user 65534') as string;
    for (const path of planted()) expect(await reader.read(path)).toEqual({ why: link, reason: link });
    const pipe = 'is no regular file, but a pipe, a socket or a device (PATH_UNTRUSTED)';
    const unread = { why: `${ground.theirs}/pipe ${pipe}`, reason: `it ${pipe}` };
    expect(await reader.read(join(ground.theirs, 'pipe'))).toEqual(unread);
    expect([...reader.seen.values()]).toEqual(Array(3).fill('unreadable:PATH_UNTRUSTED'));
  });

  const readAs = async (path: string): Promise<unknown> => {
    const found = await createFileReader().read(path);
    return 'text' in found ? found.text : found.why;
  };

  it('root does not read configs and templates that another user owns, or that a group or all may write', async () => {
    const path = join(ground.sticky, 'rollcall.yaml');
    await asStranger(`echo theirs > ${path}`);
    expect(await readAs(path)).toMatch(/may write it \(user 65534, mode 0644\): make root or .* \(PATH_UNTRUSTED\)$/);
    const own = join(ground.root, 'own');
    await writeFile(own, 'text');
    for (const [mode, gid, refused] of [
      [0o644, stranger, false],
      [0o664, 0, false],
      [0o664, stranger, true],
      [0o646, 0, true],
    ] as const) {
      await chown(own, 0, gid);
      await chmod(own, mode);
      const wanted: unknown = refused
        ? expect.stringContaining(`may write it (user 0, mode 0${mode.toString(8)})`)
        : 'text';
      expect(await readAs(own), mode.toString(8)).toEqual(wanted);
    }
  });

  it('root does not read a file from a directory where others can replace it; in a sticky directory they cannot', async () => {
    const open = join(ground.root, 'open');
    await mkdir(open);
    for (const [folder, mode, owner, gid, refused] of [
      [ground.sticky, 0o1777, 0, 0, false],
      [open, 0o777, 0, 0, true],
      [open, 0o775, 0, stranger, true],
      [open, 0o775, 0, 0, false],
      [open, 0o755, stranger, 0, true],
      [open, 0o1777, stranger, 0, true],
    ] as const) {
      await chown(folder, owner, gid);
      await chmod(folder, mode);
      await writeFile(join(folder, 'config'), 'text', { mode: 0o644 });
      const wanted: unknown = refused ? expect.stringContaining('others than root may replace it') : 'text';
      expect(await readAs(join(folder, 'config')), `${folder} ${mode.toString(8)} ${owner} ${gid}`).toEqual(wanted);
    }
  });

  it('a watched file is refused at the next look after its owner changes to another user', async () => {
    const path = join(ground.root, 'given');
    await writeFile(path, 'text');
    const before = (await readContents(path)).digest;
    await chown(path, stranger, stranger);
    expect([before, (await readContents(path)).digest]).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      'unreadable:PATH_UNTRUSTED',
    ]);
  });

  const passwordFrom = (passwordFile: string): Promise<unknown> =>
    createAuth({ username: 'root', passwordFile }, (_username, password) => Promise.resolve(password)).token();

  it('a password is not read through a link of another user, nor from a file that others may write', async () => {
    expect(await passwordFrom(secret)).toBe('1');
    for (const path of planted())
      await expect(passwordFrom(path)).rejects.toMatchObject({
        code: 'ETCD_PASSWORD_FILE',
        message: expect.stringContaining('is a link of user 65534') as string,
      });
    await chmod(secret, 0o644);
    expect(await passwordFrom(secret)).toBe('1');
    await chmod(secret, 0o620);
    await expect(passwordFrom(secret)).rejects.toThrow('may write');
    await chmod(secret, 0o600);
    await chown(secret, stranger, stranger);
    await expect(passwordFrom(secret)).rejects.toThrow('may write');
  });

  it('TLS files are not read through a link of another user, nor authorities and keys that others may write', async () => {
    for (const path of planted())
      for (const kind of ['ca', 'cert', 'key'])
        await expect(readTls({ [kind]: path })).rejects.toMatchObject({
          code: 'ETCD_TLS_FILES',
          message: expect.stringContaining('is a link of user 65534') as string,
        });
    await chmod(secret, 0o602);
    for (const kind of ['ca', 'key']) await expect(readTls({ [kind]: secret })).rejects.toThrow('may write');
  });

  it('a pid file is not read through a link of another user, nor from a FIFO', async () => {
    expect(await readPidFile(secret)).toMatchObject({ pid: 1, uid: 0 });
    for (const path of planted())
      await expect(readPidFile(path)).rejects.toMatchObject({
        code: 'PID_UNTRUSTED',
        message: expect.stringContaining('is a link of user 65534') as string,
      });
    await expect(readPidFile(join(ground.theirs, 'pipe'))).rejects.toMatchObject({ code: 'PID_UNTRUSTED' });
  });

  it('are read from a ConfigMap: links in a directory of mode 0777 on a read-only mount', async () => {
    execFileSync('sh', [
      '-ec',
      'mkdir -p "$1/..v1" "$2"; echo text > "$1/..v1/file"; ln -s ..v1 "$1/..data"; ln -s ..data/file "$1/file"; chmod 777 "$1" "$1/..v1"',
      'sh',
      join(ground.root, 'map'),
      join(ground.root, 'mounted'),
    ]);
    const path = join(ground.root, 'mounted');
    expect(await createFileReader().read(join(ground.root, 'map', 'file'))).toHaveProperty('why');
    execFileSync('mount', ['--bind', join(ground.root, 'map'), path]);
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', path]);
      expect(await createFileReader().read(join(path, 'file'))).toEqual({ text: 'text\n' });
      expect(await passwordFrom(join(path, 'file'))).toBe('text');
    } finally {
      execFileSync('umount', [path]);
    }
  });
});
