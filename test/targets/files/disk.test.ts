import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/ports/check.js';
import type { Journal } from '../../../src/ports/journal.js';
import { createCheck } from '../../../src/reload/check.js';
import { openStore, type Store } from '../../../src/state/store.js';
import { later, type Disks } from '../../../src/targets/files/calls.js';
import { createFilesTarget } from '../../../src/targets/files/target.js';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import type { OnStep } from '../../../src/targets/transaction.js';
import { pass, viewOf } from '../../contract/target.js';
import { realClock } from '../../support/clock.js';
import { memoryLog } from '../../support/log.js';
import { until } from '../../support/poll.js';
import { memoryDir } from '../../support/temp.js';
import { itWhere } from '../../support/where.js';

let root: string;
let store: Store;
let log: ReturnType<typeof memoryLog>;
const never = new AbortController().signal;
const empty = viewOf({});

beforeEach(async () => {
  root = await memoryDir();
  log = memoryLog();
  store = await openStore(join(root, 'state'), { log });
  return () => store.close();
});

const at = (...names: string[]): string => join(root, ...names);

function plain(path: string, text: string, over: Partial<FileSpec> = {}): FileSpec {
  const template = { render: () => ({ text, rejected: [] }) };
  return { path, template, mode: 0o644, owner: undefined, group: undefined, inPlace: false, ...over };
}

function fanOut(directory: string): FileSpec {
  return plain(join(directory, '{{service.name}}'), 'x', {
    fanOut: {
      directory,
      path: { render: (_view, service) => ({ text: join(directory, service?.name ?? ''), rejected: [] }) },
    },
  });
}

async function targetOf(parts: readonly FileSpec[], options: { check?: Check; onStep?: OnStep; disks?: Disks } = {}) {
  const journal = await store.journal('t');
  const target = createFilesTarget(parts, {
    target: 't',
    journal,
    scratch: store.scratch('t'),
    log,
    clock: realClock,
    ...options,
  });
  return { target, journal };
}

async function write(parts: readonly FileSpec[], options: { check?: Check; onStep?: OnStep } = {}, view = empty) {
  const { target, journal } = await targetOf(parts, options);
  return { ...(await pass(target, view)), journal, target };
}

const command = (...words: string[]): Check =>
  createCheck(
    { command: words, timeout: 10_000 },
    { clock: realClock, environment: process.env, allowed: [], cwd: root, scratch: `${root}/scratch` },
  );

const tempFilesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.startsWith('.rollcall-'));

describe('a plain path that is a symlink', () => {
  it('is followed: the file behind it is replaced, the link stays', async () => {
    await mkdir(at('real'));
    await writeFile(at('real', 'a'), 'old');
    await symlink('real/a', at('link1'));
    await symlink(at('link1'), at('link2'));
    await write([plain(at('link2'), 'new')]);
    expect(await readFile(at('real', 'a'), 'utf8')).toBe('new');
    expect(await readlink(at('link2'))).toBe(at('link1'));
    expect(await readlink(at('link1'))).toBe('real/a');
    expect((await write([plain(at('link2'), 'new')])).changes).toBe(0);
  });

  it('may lead to a path without a file', async () => {
    await mkdir(at('real'));
    await symlink(at('real', 'a'), at('link'));
    await write([plain(at('link'), 'new')]);
    expect(await readFile(at('real', 'a'), 'utf8')).toBe('new');
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
  });

  it('stays, and only the file that the target wrote goes, when the path is no longer desired', async () => {
    await mkdir(at('real'));
    await writeFile(at('real', 'theirs'), 'theirs');
    await symlink(at('real', 'a'), at('link'));
    await write([plain(at('link'), 'new')]);
    await rm(at('link'));
    await symlink(at('real', 'theirs'), at('link'));
    await write([plain(at('other'), '')]);
    expect(await readdir(at('real'))).toEqual(['theirs']);
    expect(await readlink(at('link'))).toBe(at('real', 'theirs'));
  });

  it('is refused when it leads in a circle, or to another output', async () => {
    await symlink('b', at('a'));
    await symlink('a', at('b'));
    await expect(write([plain(at('a'), 'x')])).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await symlink('c', at('d'));
    await expect(write([plain(at('c'), 'x'), plain(at('d'), 'y')])).rejects.toMatchObject({ code: 'OUTPUT_CONFLICT' });
    expect(existsSync(at('c'))).toBe(false);
  });
});

describe('a fan-out', () => {
  const web = viewOf({ web: [80] });

  it('creates its directory, also behind a symlink, and recognizes its files', async () => {
    await mkdir(at('real'));
    await symlink('real', at('link'));
    const parts = [fanOut(at('link', 'new', 'maps'))];
    await write(parts, {}, web);
    expect(await readFile(at('real', 'new', 'maps', 'web'), 'utf8')).toBe('x');
    expect((await write(parts, {}, web)).changes).toBe(0);
    expect((await write(parts, {}, empty)).changes).toBe(1);
    expect(await readdir(at('real', 'new', 'maps'))).toEqual([]);
  });

  it('replaces a symlink at the path of its file and never follows it', async () => {
    await write([fanOut(at('fan'))], {}, web);
    await writeFile(at('secret'), 'secret');
    await rm(at('fan', 'web'));
    await symlink(at('secret'), at('fan', 'web'));
    await write([fanOut(at('fan'))], {}, web);
    expect(await readFile(at('secret'), 'utf8')).toBe('secret');
    expect((await lstat(at('fan', 'web'))).isFile()).toBe(true);
    expect(await tempFilesIn(at('fan'))).toEqual([]);
  });

  it('restores the symlink when the check refuses', async () => {
    await write([fanOut(at('fan'))], {}, web);
    await writeFile(at('secret'), 'secret');
    await rm(at('fan', 'web'));
    await symlink(at('secret'), at('fan', 'web'));
    const check = command('sh', '-c', 'test -L fan/web');
    await expect(write([fanOut(at('fan'))], { check }, web)).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
    expect(await readlink(at('fan', 'web'))).toBe(at('secret'));
  });

  it('does not change foreign files and symlinks, also when the service goes, and logs this once', async () => {
    await mkdir(at('fan'));
    await writeFile(at('secret'), 'secret');
    await symlink(at('secret'), at('fan', 'api'));
    await writeFile(at('fan', 'default'), 'by hand');
    const { target } = await targetOf([fanOut(at('fan'))]);
    const all = viewOf({ api: [1], default: [2], web: [3] });
    expect((await pass(target, all)).changes).toBe(1);
    expect((await pass(target, all)).changes).toBe(0);
    expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { conflicts: [at('fan', 'api'), at('fan', 'default')], count: 2 } },
    ]);
    await pass(target, empty);
    expect(await readdir(at('fan'))).toEqual(['api', 'default']);
    expect(await readFile(at('fan', 'default'), 'utf8')).toBe('by hand');
    expect(await readlink(at('fan', 'api'))).toBe(at('secret'));
    await rm(at('fan', 'default'));
    await pass(target, all);
    expect(await readFile(at('fan', 'default'), 'utf8')).toBe('x');
  });

  it('does not change directories and pipes, and writes the other services', async () => {
    await mkdir(at('fan', 'api'), { recursive: true });
    await promisify(execFile)('mkfifo', [at('fan', 'pipe')]);
    const server = createServer().listen(at('fan', 'socket'));
    await once(server, 'listening');
    try {
      await write([fanOut(at('fan'))], {}, viewOf({ api: [1], pipe: [2], socket: [3], web: [4] }));
    } finally {
      server.close();
    }
    expect(await readFile(at('fan', 'web'), 'utf8')).toBe('x');
    expect((await lstat(at('fan', 'api'))).isDirectory()).toBe(true);
    expect((await lstat(at('fan', 'pipe'))).isFIFO()).toBe(true);
    expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { count: 3 } }]);
  });

  it('takes over files that are as desired after the state was lost, and removes them later', async () => {
    const parts = [fanOut(at('fan'))];
    const { journal } = await write(parts, {}, web);
    await journal.advance({ step: 'none', undo: null, owned: [] });
    expect((await write(parts, {}, web)).changes).toBe(0);
    expect(journal.record.owned).toEqual([at('fan', 'web')]);
    await write(parts, {}, empty);
    expect(await readdir(at('fan'))).toEqual([]);
  });

  it('removes only its own files, and removes missing ones from the journal', async () => {
    const parts = [fanOut(at('fan'))];
    await mkdir(at('fan'));
    await writeFile(at('fan', 'other'), 'y');
    const all = viewOf({ gone: [2], link: [3], other: [1], web: [4] });
    const { journal } = await write(parts, {}, all);
    expect(journal.record.owned).toEqual(['gone', 'link', 'web'].map((name) => at('fan', name)));
    await rm(at('fan', 'gone'));
    await rm(at('fan', 'link'));
    await symlink('web', at('fan', 'link'));
    await write(parts, {}, empty);
    expect(await readdir(at('fan'))).toEqual(['link', 'other']);
    expect(journal.record.owned).toEqual([]);
    await writeFile(at('fan', 'gone'), 'theirs');
    await write(parts, {}, empty);
    expect(await readFile(at('fan', 'gone'), 'utf8')).toBe('theirs');
  });
});

describe('an obstacle', () => {
  it('is a missing directory of a plain path: the error names it, and it is not created', async () => {
    await expect(write([plain(at('missing', 'a'), 'x')])).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining(at('missing')) as string,
      hint: expect.stringContaining('Create the directory') as string,
    });
    expect(existsSync(at('missing'))).toBe(false);
  });

  it('is a directory or a FIFO at the path of a file', async () => {
    await mkdir(at('dir'));
    await expect(write([plain(at('dir'), 'x')])).rejects.toThrow('is a directory');
    await promisify(execFile)('mkfifo', [at('fifo')]);
    await expect(write([plain(at('fifo'), 'x')])).rejects.toThrow('is no regular file');
  });

  it('is a file at the path of a directory', async () => {
    await writeFile(at('file'), '');
    await expect(write([plain(at('file', 'a'), 'x')])).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(write([fanOut(at('file', 'fan'))], {}, viewOf({ web: [1] }))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
  });

  it('is an owner that the machine does not know', async () => {
    await expect(write([plain(at('a'), 'x', { owner: 'no-such-user' })])).rejects.toThrow(
      'user no-such-user is not in',
    );
    await expect(write([plain(at('a'), 'x', { group: 'no-such-group' })])).rejects.toThrow(
      'group no-such-group is not in',
    );
    expect(existsSync(at('a'))).toBe(false);
  });
});

it('an obstacle in the middle of a change restores everything, and a reload is pending', async () => {
  await write([plain(at('a'), 'old')]);
  const onStep: OnStep = async (step) => {
    if (step === 'swap:0') await mkdir(at('b'));
  };
  const { target, journal } = await targetOf([plain(at('a'), 'new'), plain(at('b'), 'new')], { onStep });
  await journal.advance({ step: 'reloaded', reloadPending: false });
  await expect(pass(target, empty)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  expect(await readFile(at('a'), 'utf8')).toBe('old');
  expect(await tempFilesIn(root)).toEqual([]);
  expect(journal.record).toMatchObject({ step: 'failed', undo: null, reloadPending: true, failed: null });
});

describe('a flush', () => {
  let begun = false;
  let end: (error?: Error) => void = () => undefined;
  /** Calls as on a disk that is slow or full. */
  const disks: Disks = {
    areQuickIn: () => false,
    callsIn: () =>
      Promise.resolve({
        ...later,
        async flush() {
          const over = new Promise<void>((resolve, reject) => {
            end = (error) => {
              if (error) reject(error);
              else resolve();
            };
          });
          begun = true;
          await over;
        },
      }),
  };

  async function begin(): Promise<{ change: Promise<unknown>; journal: Journal }> {
    await writeFile(at('a'), 'old');
    const { target, journal } = await targetOf([plain(at('a'), 'new')], { disks });
    await journal.advance({ step: 'reloaded', reloadPending: false });
    begun = false;
    const change = pass(target, empty);
    change.catch(() => undefined);
    // The journal does not wait for the flush.
    await until(() => begun && journal.record.step === 'staged', { what: 'the step in the journal' });
    return { change, journal };
  }

  it('of a new file has ended before a reader sees the file', async () => {
    const { change, journal } = await begin();
    expect(await readFile(at('a'), 'utf8')).toBe('old');
    begun = false;
    end();
    await until(() => begun, { what: 'the flush of the directory' });
    expect(await readFile(at('a'), 'utf8')).toBe('new');
    end();
    await change;
    expect(journal.record).toMatchObject({ step: 'checked', reloadPending: true });
    expect(await tempFilesIn(root)).toEqual([]);
  });

  it('that fails leaves everything as it was', async () => {
    const { change, journal } = await begin();
    begun = false;
    end(Object.assign(new Error('ENOSPC: no space left on device, fsync'), { code: 'ENOSPC' }));
    await until(() => begun, { what: 'the flush of the directory' });
    end();
    await expect(change).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining(at('a')) as string,
      hint: expect.stringContaining('Make room') as string,
    });
    expect(await readFile(at('a'), 'utf8')).toBe('old');
    expect(await tempFilesIn(root)).toEqual([]);
    expect(journal.record).toMatchObject({ step: 'failed', undo: null, reloadPending: false, failed: null });
  });

  it('ends before the next batch of files is written', async () => {
    let [open, most] = [0, 0];
    const counting: Disks = {
      areQuickIn: () => false,
      callsIn: () =>
        Promise.resolve({
          ...later,
          async open(...given) {
            most = Math.max(most, (open += 1));
            return later.open(...given);
          },
          async flush() {
            for (let turns = 0; turns < 100; turns++) await turn();
          },
          async close(file) {
            open -= 1;
            return later.close(file);
          },
        }),
    };
    const all = viewOf(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`s${n}`, [n + 1]])));
    const { target } = await targetOf([fanOut(at('fan'))], { disks: counting });
    await pass(target, all);
    expect(await readdir(at('fan'))).toHaveLength(100);
    expect([open, most]).toEqual([0, 16]);
  });
});

describe('mode and owner', () => {
  it('are as configured whatever the umask, and are repaired when they drift', async () => {
    const before = process.umask(0o077);
    try {
      await write([plain(at('a'), 'x', { mode: 0o664, owner: process.getuid?.(), group: process.getgid?.() })]);
    } finally {
      process.umask(before);
    }
    expect((await stat(at('a'))).mode & 0o7777).toBe(0o664);
    await chmod(at('a'), 0o600);
    expect((await write([plain(at('a'), 'x', { mode: 0o664 })])).changes).toBe(1);
    expect((await stat(at('a'))).mode & 0o7777).toBe(0o664);
  });

  itWhere(process.getuid?.() === 0, 'only root can')('can be another user’s by name or id', async () => {
    await write([plain(at('a'), 'x', { owner: 'daemon', group: 2 })]);
    const { uid, gid } = await stat(at('a'));
    expect([uid, gid]).toEqual([1, 2]);
    expect((await write([plain(at('a'), 'x', { owner: 1, group: 'bin' })])).changes).toBe(0);
  });
});

describe('a staged check', () => {
  const stagedCheck = (test: string): Check =>
    command('sh', '-c', `${test} "$0" || { cat "$0" >&2; exit 1; }`, '{staged}');

  it('reads the new file before any reader can', async () => {
    await writeFile(at('a'), 'old');
    const { ino } = await stat(at('a'));
    const check = stagedCheck('grep -q good');
    await expect(write([plain(at('a'), 'bad news')], { check })).rejects.toMatchObject({
      code: 'CHECK_BROKEN_BEFORE',
    });
    await writeFile(at('a'), 'good old');
    await expect(write([plain(at('a'), 'bad news')], { check })).rejects.toMatchObject({
      code: 'CHECK_REFUSED',
      message: expect.stringContaining('bad news') as string,
    });
    expect((await stat(at('a'))).ino).toBe(ino);
    expect(await tempFilesIn(root)).toEqual([]);
    const { journal } = await write([plain(at('a'), 'good')], { check });
    expect(await readFile(at('a'), 'utf8')).toBe('good');
    expect(journal.record).toMatchObject({ step: 'checked', failed: null });
  });

  it('that refuses causes no pending reload, because no output was visible', async () => {
    await writeFile(at('a'), 'good');
    const { target, journal } = await targetOf([plain(at('a'), 'bad')], { check: stagedCheck('grep -q good') });
    await journal.advance({ step: 'reloaded', reloadPending: false });
    await expect(pass(target, empty)).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
    const digest = target.digest(target.desired(empty));
    expect(journal.record).toMatchObject({ step: 'failed', reloadPending: false, failed: { digest } });
  });

  it('does not run on a missing old file, nor for a removal', async () => {
    await expect(write([plain(at('a'), 'bad')], { check: stagedCheck('grep -q good') })).rejects.toMatchObject({
      code: 'CHECK_REFUSED',
    });
    await write([plain(at('a'), 'good')]);
    await writeFile(at('b'), 'bad');
    await chmod(at('b'), 0o644);
    expect((await write([plain(at('b'), 'bad')], { check: stagedCheck('grep -q good') })).changes).toBe(1);
    expect(existsSync(at('a'))).toBe(false);
  });

  it('that does not answer changes nothing, not even the journal', async () => {
    await writeFile(at('a'), 'old');
    const { target, journal } = await targetOf([plain(at('a'), 'new')], { check: command('/nonexistent', '{staged}') });
    await journal.advance({ step: 'reloaded', reloadPending: false });
    await expect(pass(target, empty)).rejects.toMatchObject({ code: 'CHECK_UNANSWERED' });
    expect(journal.record).toMatchObject({ step: 'reloaded', reloadPending: false, failed: null });
    expect(await tempFilesIn(root)).toEqual([]);
  });

  it('ends when the signal aborts, and nothing has changed', async () => {
    await writeFile(at('a'), 'old');
    const stop = new AbortController();
    const onStep: OnStep = (step) => {
      if (step === 'check')
        setImmediate(() => {
          stop.abort(new Error('enough'));
        });
    };
    const { target } = await targetOf([plain(at('a'), 'new')], { check: command('sleep', '60', '{staged}'), onStep });
    await expect(pass(target, empty, stop.signal)).rejects.toThrow('enough');
    expect(await readFile(at('a'), 'utf8')).toBe('old');
    expect(await tempFilesIn(root)).toEqual([]);
  });
});

describe('in place', () => {
  const part = (text: string): FileSpec => plain(at('a'), text, { inPlace: true });

  beforeEach(() => writeFile(at('a'), 'old and longer'));

  it('keeps the inode, and the outcome has a caveat', async () => {
    const { ino } = await stat(at('a'));
    const { applied } = await write([part('new')]);
    expect(await readFile(at('a'), 'utf8')).toBe('new');
    expect((await stat(at('a'))).ino).toBe(ino);
    expect(applied?.caveats).toEqual([expect.stringContaining('written in place')]);
    expect(existsSync(store.scratch('t')) ? await readdir(store.scratch('t')) : []).toEqual([]);
  });

  it('restores the old bytes when the check refuses', async () => {
    const { ino } = await stat(at('a'));
    const check = command('grep', '-q', 'old', 'a');
    await expect(write([part('new')], { check })).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
    expect(await readFile(at('a'), 'utf8')).toBe('old and longer');
    expect((await stat(at('a'))).ino).toBe(ino);
    expect(await readdir(store.scratch('t'))).toEqual([]);
  });

  it('lets a staged check read the new file first', async () => {
    const check = command('grep', '-q', 'old', '{staged}');
    await expect(write([part('new')], { check })).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
    await write([part('old')], { check });
    expect(await readFile(at('a'), 'utf8')).toBe('old');
    expect(await readdir(store.scratch('t'))).toEqual([]);
  });

  it('is complete again after a crash in the middle', async () => {
    await new Promise<void>((dead) => {
      const onStep: OnStep = (step) => {
        if (step !== 'swap:0') return;
        dead();
        return new Promise(() => undefined);
      };
      void write([part('new')], { onStep });
    });
    // The file of a process that died between two writes.
    await writeFile(at('a'), 'newd longer');
    const { target } = await targetOf([part('new')]);
    expect(await target.recover(never)).toMatchObject({ outcome: 'undone' });
    expect(await readFile(at('a'), 'utf8')).toBe('old and longer');
    expect(await readdir(store.scratch('t'))).toEqual([]);
  });

  it('uses a rename when there is no file yet', async () => {
    await rm(at('a'));
    expect((await write([part('new')])).applied?.caveats).toEqual([]);
    expect(await readFile(at('a'), 'utf8')).toBe('new');
  });
});

describe('a file that is mounted by itself', async () => {
  const run = promisify(execFile);
  const dir = await memoryDir();
  await Promise.all(['inner', 'outer'].map((name) => writeFile(join(dir, name), 'old')));
  const mounted = await run('mount', ['--bind', join(dir, 'inner'), join(dir, 'outer')]).then(
    () => run('umount', [join(dir, 'outer')]).then(() => true),
    () => false,
  );

  itWhere(mounted, 'no right to mount')('is not replaced, and the error names the option that can', async () => {
    await run('mount', ['--bind', join(dir, 'inner'), join(dir, 'outer')]);
    try {
      await expect(write([plain(join(dir, 'outer'), 'new')])).rejects.toMatchObject({
        code: 'OUTPUT_UNWRITABLE',
        hint: expect.stringContaining('inPlace: true') as string,
      });
      expect(await readFile(join(dir, 'outer'), 'utf8')).toBe('old');
      expect(await tempFilesIn(dir)).toEqual([]);
      await write([plain(join(dir, 'outer'), 'new', { inPlace: true })]);
      expect(await readFile(join(dir, 'inner'), 'utf8')).toBe('new');
    } finally {
      await run('umount', [join(dir, 'outer')]);
    }
  });
});

describe('a reader', () => {
  it('sees the old or the new file, whole, and no other name that a glob would find', async () => {
    const sizes = [100_000, 1, 50_000];
    const texts = sizes.map((size, index) => String(index).repeat(size));
    await write([plain(at('a'), texts[0] ?? '')]);
    const torn: string[] = [];
    let looks = 0;
    let done = false;
    const look = (): void => {
      const text = readFileSync(at('a'), 'utf8');
      looks += 1;
      if (!texts.includes(text)) torn.push(text.slice(0, 20));
      if (!done) setImmediate(look);
    };
    look();
    const names = new Set<string>();
    const onStep: OnStep = async () => {
      for (const name of await readdir(root)) if (!name.startsWith('.')) names.add(name);
    };
    for (let round = 0; round < 30; round++) await write([plain(at('a'), texts[round % 3] ?? '')], { onStep });
    done = true;
    expect(torn).toEqual([]);
    expect(looks).toBeGreaterThan(30);
    expect([...names].sort()).toEqual(['a', 'state']);
  });
});
