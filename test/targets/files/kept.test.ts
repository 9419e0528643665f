import { chmod, chown, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCheck } from '../../../src/reload/check.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import { pass, viewOf } from '../../contract/target.js';
import { asStranger, describeWithStranger, makeGround, stranger, type Ground } from '../../support/stranger.js';
import { realClock } from '../../support/clock.js';
import { describeWithMounts } from '../../support/mounts.js';
import { memoryDir } from '../../support/temp.js';
import { fanOutPart, openFilesWorld, plainPart, type FilesWorld } from './world.js';

const view = viewOf({ web: [80] });
/** An entry without `mode`, `owner` and `group`. */
const plain = (path: string, text = 'new', over: Partial<FileSpec> = {}): FileSpec =>
  plainPart(path, text, { mode: undefined, ...over });

async function attributesOf(path: string): Promise<string> {
  const { mode, uid, gid } = await stat(path);
  return `${(mode & 0o7777).toString(8).padStart(4, '0')} ${uid}:${gid}`;
}

describeWithMounts('a file in place, as an isolated check sees it', () => {
  it('has the mode and the owner that it will have', async () => {
    const root = await memoryDir();
    const world = await openFilesWorld(join(root, 'state'));
    // What an isolated check writes beside the output is lost.
    await mkdir(join(root, 'conf'));
    const path = join(root, 'conf', 'out');
    await writeFile(path, 'old');
    await chmod(path, 0o644);
    // An isolated check may not write where the outputs are.
    const notes = await memoryDir();
    const command = ['sh', '-c', `stat -c '%a %u' ${path} >> ${notes}/seen`];
    const runtime = {
      clock: realClock,
      environment: process.env,
      allowed: [],
      cwd: root,
      scratch: join(root, 'scratch'),
    };
    const check = createCheck({ command, timeout: 10_000, isolated: true }, runtime);
    await pass(world.target([plain(path, 'new', { inPlace: true })], { check }), view);
    const line = `644 ${process.geteuid?.() ?? 0}\n`;
    expect(await readFile(join(notes, 'seen'), 'utf8')).toBe(line + line);
    await world.close();
  });
});

describe('the mode of a file, without `mode`', () => {
  let root: string;
  let world: FilesWorld;
  const own = `${process.geteuid?.() ?? 0}:${process.getegid?.() ?? 0}`;
  beforeEach(async () => {
    root = await memoryDir();
    world = await openFilesWorld(join(root, 'state'));
    return () => world.close();
  });

  async function written(mode: number | undefined, over: Partial<FileSpec> = {}): Promise<readonly string[]> {
    const path = join(root, 'out');
    if (mode !== undefined) {
      await writeFile(path, 'old');
      await chmod(path, mode);
    }
    const { applied } = await pass(world.target([plain(path, 'new', over)]), view);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await pass(world.target([plain(path, 'new', over)]), view)).changes).toBe(0);
    return applied?.caveats ?? [];
  }

  it.each([
    [0o640, '0640'],
    [0o600, '0600'],
    [0o444, '0444'],
    [0o755, '0755'],
    [0o664, '0664'],
  ])('is kept: %o', async (before, after) => {
    expect(await written(before)).toEqual([]);
    expect(await attributesOf(join(root, 'out'))).toBe(`${after} ${own}`);
  });

  it.each([
    [0o4755, '0755'],
    [0o2755, '0755'],
    [0o1644, '0644'],
    [0o666, '0664'],
    [0o6777, '0775'],
  ])('is kept without the bits that give more than a file needs, and that is told: %o', async (before, after) => {
    const [caveat] = await written(before);
    expect(caveat).toContain(`out had mode ${before.toString(8).padStart(4, '0')}, and has ${after} now`);
    expect(await attributesOf(join(root, 'out'))).toBe(`${after} ${own}`);
  });

  it('always lets the owner read the file', async () => {
    await written(0o200);
    expect(await attributesOf(join(root, 'out'))).toBe(`0600 ${own}`);
  });

  it('of a new file is 0644, and 0600 if it is secret, whatever the umask', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(root, name)) as [string, string, string];
    const umask = process.umask(0o077);
    try {
      await pass(world.target([plain(a), plain(b, 'x', { secret: true })]), view);
      expect([await attributesOf(a), await attributesOf(b)]).toEqual([`0644 ${own}`, `0600 ${own}`]);
      await pass(world.target([plain(c)], { secret: true }), view);
      expect(await attributesOf(c)).toBe(`0600 ${own}`);
    } finally {
      process.umask(umask);
    }
  });

  it('is kept through the next changes, and set by a later `mode`', async () => {
    await written(0o640);
    await pass(world.target([plain(join(root, 'out'), 'newer')]), view);
    expect(await attributesOf(join(root, 'out'))).toBe(`0640 ${own}`);
    await pass(world.target([plain(join(root, 'out'), 'newer', { mode: 0o604 })]), view);
    expect(await attributesOf(join(root, 'out'))).toBe(`0604 ${own}`);
  });

  it('is kept in a fan-out, and when the file is written in place', async () => {
    const parts = (text: string): FileSpec[] => [
      { ...fanOutPart(join(root, 'fan'), text), mode: undefined },
      plain(join(root, 'in'), text, { inPlace: true }),
    ];
    await writeFile(join(root, 'in'), 'old');
    await chmod(join(root, 'in'), 0o4640);
    await pass(world.target(parts('x')), view);
    await chmod(join(root, 'fan', 'web'), 0o600);
    const { applied } = await pass(world.target(parts('y')), view);
    expect(await readFile(join(root, 'fan', 'web'), 'utf8')).toBe('y');
    expect(await attributesOf(join(root, 'fan', 'web'))).toBe(`0600 ${own}`);
    expect(await attributesOf(join(root, 'in'))).toBe(`0640 ${own}`);
    expect(applied?.caveats).toEqual([expect.stringContaining('was written in place') as string]);
  });

  it('of a secret file is an error if others can read it, unless `mode` is written', async () => {
    await writeFile(join(root, 'out'), 'old');
    for (const mode of [0o644, 0o604, 0o666]) {
      await chmod(join(root, 'out'), mode);
      for (const target of [
        world.target([plain(join(root, 'out'), 'new', { secret: true })]),
        world.target([plain(join(root, 'out'), 'new', { secret: true, inPlace: true })]),
        world.target([plain(join(root, 'out'))], { secret: true }),
      ])
        await expect(pass(target, view)).rejects.toMatchObject({
          code: 'OUTPUT_EXPOSED',
          retry: true,
          message: expect.stringContaining(
            `${join(root, 'out')} is secret, but its mode 0${mode.toString(8)}`,
          ) as string,
        });
    }
    expect(await readFile(join(root, 'out'), 'utf8')).toBe('old');
    await pass(world.target([plain(join(root, 'out'), 'new', { secret: true, mode: 0o644 })]), view);
    expect(await attributesOf(join(root, 'out'))).toBe(`0644 ${own}`);
    await chmod(join(root, 'out'), 0o640);
    await pass(world.target([plain(join(root, 'out'), 'newer', { secret: true })]), view);
    expect(await attributesOf(join(root, 'out'))).toBe(`0640 ${own}`);
  });
});

describeWithStranger('the owner of a file, without `owner` and `group`', () => {
  let ground: Ground;
  let world: FilesWorld;
  beforeEach(async () => {
    ground = await makeGround();
    world = await openFilesWorld(join(ground.root, 'state'));
    return () => world.close();
  });

  async function put(path: string, mode: number, uid: number, gid: number): Promise<string> {
    await writeFile(path, 'old');
    await chown(path, uid, gid);
    await chmod(path, mode);
    return path;
  }
  async function write(part: FileSpec): Promise<string> {
    await pass(world.target([part]), view);
    expect(await readFile(part.path, 'utf8')).toBe('new');
    expect((await pass(world.target([part]), view)).changes).toBe(0);
    return attributesOf(part.path);
  }

  it('is kept, with the group and the mode', async () => {
    const path = await put(join(ground.root, 'out'), 0o640, 33, 34);
    expect(await write(plain(path))).toBe('0640 33:34');
  });

  it('is kept where only the group is set, and the group where only the owner is set', async () => {
    const [a, b] = [join(ground.root, 'a'), join(ground.root, 'b')];
    await put(a, 0o640, 33, 34);
    await put(b, 0o640, 33, 34);
    expect(await write(plain(a, 'new', { group: 40 }))).toBe('0640 33:40');
    expect(await write(plain(b, 'new', { owner: 40 }))).toBe('0640 40:34');
  });

  it('is kept in a directory whose group goes to its new files', async () => {
    const directory = join(ground.root, 'grouped');
    await mkdir(directory);
    await chown(directory, 0, 40);
    await chmod(directory, 0o2755);
    const path = await put(join(directory, 'out'), 0o640, 0, 0);
    expect(await write(plain(path))).toBe('0640 0:0');
  });

  describe('where others may write,', () => {
    it.each(['theirs', 'sticky'] as const)(
      'is not kept from a file of the stranger, and that is told: %s',
      async (where) => {
        const path = join(ground[where], 'out');
        await asStranger(`echo old > ${path}; chmod 4666 ${path}`);
        const { applied } = await pass(world.target([plain(path)]), view);
        expect(await attributesOf(path)).toBe('0644 0:0');
        expect(applied?.caveats).toEqual([expect.stringContaining('others may write in its directory') as string]);
        const again = await pass(world.target([plain(path, 'newer')]), view);
        expect(again.applied?.caveats).toEqual([]);
      },
    );

    it('gives a secret file to the user of rollcall alone', async () => {
      const path = join(ground.sticky, 'out');
      await asStranger(`echo old > ${path}; chmod 666 ${path}`);
      expect(await write(plain(path, 'new', { secret: true }))).toBe('0600 0:0');
      await chmod(path, 0o640);
      await chown(path, 0, stranger);
      await writeFile(path, 'old');
      expect(await write(plain(path, 'new', { secret: true }))).toBe('0600 0:0');
    });

    it('is kept from a file of root, which the group may then not write', async () => {
      const path = await put(join(ground.theirs, 'out'), 0o664, 0, stranger);
      expect(await write(plain(path))).toBe(`0644 0:${stranger}`);
    });

    it('is not kept from a second name of another file', async () => {
      await put(join(ground.safe, 'shared'), 0o660, 0, stranger);
      await link(join(ground.safe, 'shared'), join(ground.sticky, 'out'));
      expect(await write(plain(join(ground.sticky, 'out')))).toBe('0644 0:0');
      expect(await readFile(join(ground.safe, 'shared'), 'utf8')).toBe('old');
    });
  });

  describe('that rollcall may not set', () => {
    /** Runs as the stranger, in a directory of the stranger. */
    async function asStrangerItself<T>(work: (own: FilesWorld) => Promise<T>): Promise<T> {
      const state = join(ground.root, 'home');
      await mkdir(state);
      await chown(state, stranger, stranger);
      const { setegid, seteuid, setgroups, getgroups } = process;
      const groups = getgroups?.() ?? [];
      setgroups?.([]);
      setegid?.(stranger);
      seteuid?.(stranger);
      try {
        const own = await openFilesWorld(join(state, 'state'));
        try {
          return await work(own);
        } finally {
          await own.close();
        }
      } finally {
        seteuid?.(0);
        setegid?.(0);
        setgroups?.(groups);
      }
    }

    it('is told once when the old file had it, and the group keeps no more than others have', async () => {
      const path = await put(join(ground.theirs, 'out'), 0o644, 0, 33);
      const shared = await put(join(ground.theirs, 'shared'), 0o664, 0, 33);
      await asStrangerItself(async (own) => {
        const { applied } = await pass(own.target([plain(path), plain(shared)]), view);
        // Files are staged side by side, in any order.
        expect([...(applied?.caveats ?? [])].sort()).toEqual([
          expect.stringMatching(
            /out now belongs to user 65534 and group 65534.*: rollcall may not give it to 0:33/,
          ) as string,
          expect.stringContaining('shared') as string,
        ]);
        const again = await pass(own.target([plain(path, 'newer'), plain(shared, 'newer')]), view);
        expect(again.applied?.caveats).toEqual([]);
      });
      expect(await attributesOf(path)).toBe('0644 65534:65534');
      expect(await attributesOf(shared)).toBe('0644 65534:65534');
    });

    it('is an error when it is configured', async () => {
      const path = await put(join(ground.theirs, 'out'), 0o644, 0, 0);
      await asStrangerItself(async (own) => {
        await expect(pass(own.target([plain(path, 'new', { owner: 0 })]), view)).rejects.toMatchObject({
          code: 'OUTPUT_UNWRITABLE',
          hint: expect.stringContaining('changing owners needs root') as string,
        });
      });
      expect(await readFile(path, 'utf8')).toBe('old');
    });

    it('does not matter in place, where it stays, and neither does a mode that stays', async () => {
      const path = await put(join(ground.root, 'in'), 0o646, 0, 0);
      for (const [index, over] of [{}, { mode: 0o646 }, { mode: 0o646, owner: 0, group: 0 }].entries()) {
        const part = plain(path, `new ${index}`, { ...over, inPlace: true });
        await asStrangerItself(async (own) => {
          await pass(own.target([part]), view);
          expect((await pass(own.target([part]), view)).changes).toBe(0);
        });
        expect(await readFile(path, 'utf8')).toBe(`new ${index}`);
        expect(await attributesOf(path)).toBe('0646 0:0');
        await rm(join(ground.root, 'home'), { recursive: true });
      }
      await asStrangerItself(async (own) => {
        await expect(
          pass(own.target([plain(path, 'other', { mode: 0o644, inPlace: true })]), view),
        ).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
      });
      expect(await readFile(path, 'utf8')).toBe('new 2');
    });
  });
});
