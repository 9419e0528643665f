import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pass, viewOf } from '../../contract/target.js';
import { canaryOf } from '../../support/canary.js';
import { until } from '../../support/poll.js';
import {
  asStranger,
  describeWithStranger,
  makeGround,
  startPlanter,
  stranger,
  type Ground,
} from '../../support/stranger.js';
import { fanOutPart, openFilesWorld, plainPart, type FilesWorld } from './world.js';

const never = new AbortController().signal;
const web = viewOf({ web: [80] });

describeWithStranger('outputs beside a stranger', () => {
  let ground: Ground;
  let world: FilesWorld;
  let before: readonly string[];

  beforeEach(async () => {
    ground = await makeGround();
    await mkdir(join(ground.safe, 'inner'));
    for (const name of ['out', 'web', 'inner/out', 'inner/web']) await writeFile(join(ground.safe, name), 'victim');
    world = await openFilesWorld(join(ground.root, 'state'));
    before = canaryOf(ground.safe);
  });
  afterEach(async () => {
    await world.close();
    expect(canaryOf(ground.safe)).toEqual(before);
  });

  const theirs = (...names: string[]): string => join(ground.theirs, ...names);
  const refused = (why: string): object => ({
    code: 'PATH_UNTRUSTED',
    retry: true,
    message: expect.stringMatching(why) as string,
  });

  describe('a link', () => {
    it.each(['theirs', 'sticky'] as const)(
      'of the stranger at a plain path in %s is refused, with all that says why',
      async (where) => {
        const path = join(ground[where], 'out');
        await asStranger(`ln -s ${ground.safe}/out ${path}`);
        await expect(pass(world.target([plainPart(path, 'x')]), web)).rejects.toMatchObject(
          refused(`^cannot read ${path}: ${path} is a link of user 65534`),
        );
        expect(await readlink(path)).toBe(join(ground.safe, 'out'));
      },
    );

    it('of root at a plain path is refused if others may write in its directory, and followed if not', async () => {
      await symlink(join(ground.safe, 'out'), theirs('out'));
      await expect(pass(world.target([plainPart(theirs('out'), 'x')]), web)).rejects.toMatchObject(
        refused('is a link, and others than root and the user of rollcall may write in .*theirs'),
      );
      await symlink('theirs/real', join(ground.root, 'link'));
      await pass(world.target([plainPart(join(ground.root, 'link'), 'x')]), web);
      expect(await readFile(theirs('real'), 'utf8')).toBe('x');
    });

    it('on the way to a plain path, or as a directory of a fan-out, is refused', async () => {
      await asStranger(`ln -s ${ground.safe} ${ground.theirs}/way; ln -s ${ground.safe} ${ground.theirs}/fan`);
      for (const part of [plainPart(theirs('way', 'out'), 'x'), plainPart(theirs('way', 'inner', 'out'), 'x')])
        await expect(pass(world.target([part]), web)).rejects.toMatchObject(
          refused('theirs/way is a link of user 65534'),
        );
      for (const directory of [theirs('fan'), theirs('fan', 'new')])
        await expect(pass(world.target([fanOutPart(directory, 'x')]), web)).rejects.toMatchObject(
          refused('theirs/fan is a link of user 65534'),
        );
    });
  });

  it('a directory that the stranger created is refused, and one that rollcall created is used', async () => {
    await asStranger(`mkdir ${ground.theirs}/fan`);
    await expect(pass(world.target([fanOutPart(theirs('fan'), 'x')]), web)).rejects.toMatchObject(
      refused('theirs/fan is a directory of user 65534'),
    );
    await pass(world.target([fanOutPart(theirs('new', 'fan'), 'x')]), web);
    expect(await readFile(theirs('new', 'fan', 'web'), 'utf8')).toBe('x');
  });

  it('a file of the stranger at a plain path is replaced, and the links to it stay', async () => {
    await asStranger(`echo old > ${ground.theirs}/out`);
    await pass(world.target([plainPart(theirs('out'), 'x')]), web);
    expect((await stat(theirs('out'))).uid).toBe(0);
    expect(await readFile(theirs('out'), 'utf8')).toBe('x');
  });

  it('names like those of our temporary files have no effect', async () => {
    const [mark] = await temporaryNames(theirs('out'));
    const prefix = mark?.slice(0, '.rollcall-12345678-'.length) ?? '';
    await asStranger(
      `cd ${ground.theirs}; mkdir ${prefix}folder.new; ln -s ${ground.safe}/out ${prefix}link.new; mkfifo ${prefix}pipe.old; echo x > ${prefix}file.old`,
    );
    const target = world.target([plainPart(theirs('out'), 'newer')]);
    await target.recover(never);
    await pass(target, web);
    expect(await readFile(theirs('out'), 'utf8')).toBe('newer');
    expect((await readdir(ground.theirs)).sort()).toEqual([`${prefix}folder.new`, `${prefix}pipe.old`, 'out']);
  });

  it('names of temporary files differ each time', async () => {
    const names = [...(await temporaryNames(theirs('out'))), ...(await temporaryNames(theirs('out'), 'again'))];
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^\.rollcall-[0-9a-f]{8}-[0-9a-f]{32}\.(new|old)$/.test(name))).toBe(true);
  });

  async function temporaryNames(path: string, text = 'x'): Promise<string[]> {
    const seen: string[] = [];
    const onStep = async (step: string): Promise<void> => {
      if (step === 'staged')
        seen.push(...(await readdir(ground.theirs)).filter((name) => name.startsWith('.rollcall-')));
    };
    await pass(world.target([plainPart(path, text)], { onStep }), web);
    return seen;
  }

  it('no other user can read a staged file before its owner and mode are set', async () => {
    const watcher = startPlanter(
      `for (glob "${ground.theirs}/.rollcall-*.new") { my @s = lstat or next; printf "mode %o user %d\\n", $s[2] & 07777, $s[4] }`,
      'root',
    );
    let text = 0;
    const target = world.target([plainPart(theirs('out'), () => String(text), { mode: 0o640, owner: 1 })]);
    await until(
      async () => {
        for (let count = 0; count < 50; count++, text++) await pass(target, web);
        return new Set(watcher.said()).size > 1;
      },
      { what: 'looks at staged files', deadline: 30_000 },
    );
    await watcher.stop();
    for (const look of new Set(watcher.said()))
      expect(['mode 600 user 0', 'mode 600 user 1', 'mode 640 user 1']).toContain(look);
  });

  describe('in place', () => {
    const part = (text = 'new'): ReturnType<typeof plainPart> => plainPart(theirs('out'), text, { inPlace: true });

    it('is not written through a second name of another file', async () => {
      await link(join(ground.safe, 'out'), theirs('out'));
      before = canaryOf(ground.safe);
      await expect(pass(world.target([part()]), web)).rejects.toMatchObject(
        refused('out is not written in place: it has other names'),
      );
    });

    it('is not written into a file of the stranger, nor through a link', async () => {
      await asStranger(`echo old > ${ground.theirs}/out`);
      await expect(pass(world.target([part()]), web)).rejects.toMatchObject(
        refused('it belongs to user 65534, and others may write in'),
      );
      await asStranger(`ln -sf ${ground.safe}/out ${ground.theirs}/out`);
      await expect(pass(world.target([part()]), web)).rejects.toMatchObject(refused('is a link of user 65534'));
    });

    it('is written into a file of the configured owner', async () => {
      await writeFile(theirs('out'), 'old');
      await chown(theirs('out'), stranger, stranger);
      const { ino } = await stat(theirs('out'));
      await pass(world.target([plainPart(theirs('out'), 'new', { inPlace: true, owner: stranger })]), web);
      expect(await readFile(theirs('out'), 'utf8')).toBe('new');
      expect((await stat(theirs('out'))).ino).toBe(ino);
    });
  });

  describe('a forged journal', () => {
    const parts = (): ReturnType<typeof plainPart>[] => [
      plainPart(join(ground.root, 'out'), 'x'),
      fanOutPart(join(ground.root, 'fan'), 'x', 'a-{{service.name}}.conf'),
    ];

    it('owns no file that the config does not produce, and logs these files once', async () => {
      const fan = join(ground.root, 'fan');
      await mkdir(fan);
      for (const name of ['a-gone.conf', 'b-gone.conf', 'a-gone.map']) await writeFile(join(fan, name), 'x');
      const [mine, ...foreign] = ['a-gone.conf', 'a-gone.map', 'b-gone.conf'].map((name) => join(fan, name));
      const owned = [
        mine ?? '',
        ...foreign,
        join(ground.safe, 'out'),
        `${fan}/../safe/inner/web`,
        `${fan}/a-x/a.conf`,
      ].sort();
      await world.journal.advance({ owned });
      const target = world.target(parts());
      await target.recover(never);
      expect(world.journal.record.owned).toEqual([mine]);
      expect(world.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
        { message: expect.stringContaining('but its config does not produce them') as string, fields: { count: 5 } },
      ]);
      await pass(target, viewOf({}));
      expect((await readdir(fan)).sort()).toEqual(['a-gone.map', 'b-gone.conf']);
      await target.recover(never);
      expect(world.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    });

    it('may own a file that a link of the config leads to, and earlier outputs of this process', async () => {
      await mkdir(join(ground.root, 'real'));
      await symlink('real', join(ground.root, 'fan'));
      await symlink('real/behind', join(ground.root, 'out'));
      const owned = [
        join(ground.root, 'former'),
        join(ground.root, 'real', 'a-web.conf'),
        join(ground.root, 'real', 'behind'),
      ];
      await world.journal.advance({ owned });
      await world.target(parts(), { vouched: owned.slice(0, 1) }).recover(never);
      expect(world.journal.record.owned).toEqual(owned);
    });

    it('undoes nothing outside, the log names it, and the journal forgets it', async () => {
      const out = join(ground.root, 'out');
      await writeFile(out, 'x');
      const stray = (ending: string, folder = ground.root): string =>
        join(folder, `.rollcall-${'0'.repeat(8)}-1.${ending}`);
      const victim = join(ground.safe, 'out');
      await asStranger(`echo evil > ${ground.sticky}/evil`);
      const evil = join(ground.sticky, 'evil');
      const { ino } = await lstat(victim, { bigint: true });
      const forged: [object[], string[], string][] = [
        [[{ action: 'replace', path: victim, temporary: stray('new', ground.safe), backup: evil }], [], victim],
        [[{ action: 'over', path: victim, temporary: null, backup: evil }], [], victim],
        [[{ action: 'create', path: victim, temporary: stray('new', ground.safe), inode: String(ino) }], [], victim],
        [[{ action: 'remove', path: victim, backup: evil }], [], victim],
        [[{ action: 'replace', path: out, temporary: stray('new'), backup: evil }], [], out],
        [[{ action: 'remove', path: out, backup: victim }], [], out],
        [[{ action: 'create', path: out, temporary: victim, inode: '1' }], [], out],
        [[], [ground.safe], ground.safe],
      ];
      for (const [items, sweep, named] of forged) {
        await world.journal.advance({ step: 'swapped', undo: { kind: 'files', items, sweep } });
        const target = world.target(parts());
        expect(await target.recover(never)).toEqual({ outcome: 'nothing', outputs: [] });
        expect(world.journal.record).toMatchObject({ step: 'failed', undo: null, reloadPending: true });
        const line = world.log.lines.findLast(({ message }) => message.includes('leaves 1 files as they are'));
        if (items.length > 0)
          expect(line).toMatchObject({ level: 'warn', message: expect.stringContaining(named) as string });
        expect(await readFile(out, 'utf8')).toBe('x');
        await world.journal.advance({ step: 'checked', undo: { kind: 'files', items, sweep } });
        expect(await target.recover(never)).toMatchObject({ outcome: 'nothing' });
        expect(canaryOf(ground.safe)).toEqual(before);
        expect(await readFile(evil, 'utf8')).toBe('evil\n');
        expect(existsSync(join(ground.root, 'state', 'originals'))).toBe(false);
      }
    });
  });

  it('plain outputs are written in a directory that others may write', async () => {
    await chmod(ground.sticky, 0o777);
    await pass(world.target([plainPart(join(ground.sticky, 'out'), 'x')]), web);
    expect(await readFile(join(ground.sticky, 'out'), 'utf8')).toBe('x');
  });
});
