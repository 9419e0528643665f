import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readFormatDecisions } from '../../src/state/format-decisions.js';
import { readJournal } from '../../src/state/journal.js';
import { openStore, type Store } from '../../src/state/store.js';
import { rollcall } from '../support/command.js';
import { memoryLog } from '../support/log.js';
import { asStranger, describeWithStranger, makeGround, stranger, type Ground } from '../support/stranger.js';

const decided = (format: string) => ({ format, keys: 1, tops: ['web'] });

describeWithStranger('a stateDir that another user could have filled', () => {
  const log = memoryLog();
  const open: Store[] = [];
  let ground: Ground;

  beforeEach(async () => {
    ground = await makeGround();
    log.lines.length = 0;
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });

  async function start(dir: string): Promise<Store> {
    const store = await openStore(dir, { log });
    open.push(store);
    return store;
  }

  const refused = async (dir: string, why: RegExp): Promise<void> => {
    await expect(openStore(dir, { log })).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringMatching(why) as string,
    });
  };

  it('is refused if others may write in a directory above it, even with the sticky bit', async () => {
    const state = join(ground.sticky, 'state');
    await refused(state, /others than root .* may write in .*sticky \(user 0, mode 1777\)/);
    expect(await readdir(ground.sticky)).toEqual([]);
    await refused(join(ground.theirs, 'state'), /may write in .*theirs \(user 65534, mode 0755\)/);
  });

  it('is refused when it belongs to another user, and its journal is not used', async () => {
    const state = join(ground.root, 'state');
    await mkdir(state, { mode: 0o700 });
    await chown(state, stranger, stranger);
    await refused(state, /it belongs to user 65534, and rollcall runs as user 0/);
    expect(await readJournal(state, 't')).toMatchObject({
      record: { owned: [] },
      unreadable: expect.stringContaining('user 65534') as string,
    });
    await expect(readFormatDecisions(state)).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining('user 65534') as string,
    });
  });

  it('is refused behind a link of another user, and behind a link of root where that user may write', async () => {
    await mkdir(join(ground.safe, 'state'));
    await asStranger(`ln -s ${ground.safe}/state ${ground.sticky}/link`);
    await symlink(join(ground.safe, 'state'), join(ground.sticky, 'roots'));
    await refused(join(ground.sticky, 'link'), /may write in .*sticky/);
    await refused(join(ground.sticky, 'roots'), /may write in .*sticky/);
    await symlink('safe/state', join(ground.root, 'link'));
    await (await start(join(ground.root, 'link'))).decisions.set('a', '/', decided('json'));
    expect(await readdir(join(ground.safe, 'state'))).toContain('decisions');
  });

  it('that another user may write is restricted when it is empty, and refused otherwise', async () => {
    const state = join(ground.root, 'state');
    await mkdir(state);
    await chmod(state, 0o777);
    await start(state);
    expect((await stat(state)).mode & 0o7777).toBe(0o700);
    await open.pop()?.close();
    await chmod(state, 0o777);
    await refused(state, /others may write in it \(mode 0777\), so its contents cannot be trusted/);
  });
});

describeWithStranger('a file in a stateDir', () => {
  const log = memoryLog();
  let state: string;
  let ground: Ground;

  beforeEach(async () => {
    log.lines.length = 0;
    ground = await makeGround();
    state = join(ground.root, 'state');
    await (await openStore(state, { log })).close();
  });

  it('that is new is never written through a link that another user placed under its name', async () => {
    await writeFile(join(ground.safe, 'victim'), 'victim');
    for (const name of ['snapshot', 'decisions']) {
      await symlink(join(ground.safe, 'victim'), join(state, `.${name}.new`));
      await symlink(join(ground.safe, 'victim'), join(state, name));
    }
    const store = await openStore(state, { log });
    expect(await readdir(state)).not.toContain('.snapshot.new');
    await store.snapshot.save({ sources: [], stale: false });
    await store.decisions.set('a', '/', decided('json'));
    await store.close();
    expect(await readFile(join(ground.safe, 'victim'), 'utf8')).toBe('victim');
    expect((await stat(join(state, 'snapshot'))).isFile()).toBe(true);
  });

  it('that others could have written is set aside with the reason', async () => {
    const plants: [string, RegExp][] = [
      ['journals/one', /others may write it \(user 65534, mode 0644\)/],
      ['journals/two', /others may write it \(user 0, mode 0666\)/],
      ['journals/link', /it is a symbolic link/],
      ['journals/pipe', /it is no regular file/],
    ];
    await writeFile(join(state, 'journals/one'), 'x');
    await chown(join(state, 'journals/one'), stranger, stranger);
    await writeFile(join(state, 'journals/two'), 'x');
    await chmod(join(state, 'journals/two'), 0o666);
    await symlink('one', join(state, 'journals/link'));
    execFileSync('mkfifo', [join(state, 'journals/pipe')]);
    const store = await openStore(state, { log });
    for (const [name, why] of plants) {
      const target = name.slice('journals/'.length);
      expect((await readJournal(state, target)).unreadable).toMatch(why);
      expect((await store.journal(target)).record).toMatchObject({ step: 'none', owned: [] });
      expect(log.lines.at(-1)?.message).toMatch(why);
      expect(await readdir(join(state, 'journals'))).toContain(`${target}.set-aside-1`);
    }
    await store.close();
  });

  it.each([
    ['a FIFO', 'mkfifo lock', 'it is no regular file'],
    ['a link that leads nowhere', 'ln -s nowhere lock', 'it is a symbolic link'],
    ['a folder', 'mkdir lock', 'it is no regular file'],
    ['a file of another user', 'touch lock; chown 65534 lock', 'others may write it'],
  ])('named lock that is %s is refused, and blocks nothing', async (_what, plant, why) => {
    execFileSync('sh', ['-ec', `cd "$1"; ${plant}`, 'sh', state]);
    await expect(openStore(state, { log })).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringContaining(`${state}/lock is not believed: ${why}`) as string,
    });
    expect((await readdir(state)).sort()).toEqual(['id', 'journals', 'lock', 'scratch']);
  });

  it('does not block the command: a FIFO named lock', async () => {
    execFileSync('mkfifo', [join(state, 'lock')]);
    await writeFile(
      join(ground.root, 'rollcall.json'),
      JSON.stringify({
        etcd: { endpoints: ['http://127.0.0.1:1'] },
        stateDir: state,
        sources: [{ name: 'services', prefix: '/services/' }],
        targets: [{ name: 'web', files: [{ path: join(ground.root, 'out'), template: 'json' }] }],
      }),
    );
    const { code, stderr } = await rollcall(['run', '-c', join(ground.root, 'rollcall.json')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('lock is not believed: it is no regular file')]);
  });
});
