import { chmod, rm, chown, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wrapInEnvelope } from '../../src/state/envelope.js';
import { openStore, type Store } from '../../src/state/store.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';

const log = memoryLog();
let dir: string;
const open: Store[] = [];

async function start(path = dir): Promise<Store> {
  const store = await openStore(path, { log });
  open.push(store);
  return store;
}

async function restart(): Promise<Store> {
  for (const store of open.splice(0)) await store.close();
  return start();
}

beforeEach(async () => {
  dir = join(await memoryDir(), 'state');
  log.lines.length = 0;
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

const decided = (format: string) => ({ format, keys: 1, tops: ['web'] });

describe('the directory', () => {
  it('is created for its owner only', async () => {
    await start();
    expect(await modeOf(dir)).toBe(0o700);
    expect(await modeOf(join(dir, 'journals'))).toBe(0o700);
  });

  it('is restricted, with a warning, when it was open to others and empty', async () => {
    await mkdir(dir);
    await chmod(dir, 0o755);
    await start();
    expect(await modeOf(dir)).toBe(0o700);
    expect(log.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('had mode 0755') as string }]);
  });

  it('is restricted when it holds only files of an earlier run', async () => {
    const store = await start();
    await (await store.journal('web')).advance({ step: 'checked' });
    await store.decisions.set('services', '/services/', decided('plain'));
    await store.snapshot.save({ sources: [], stale: false });
    await writeFile(join(dir, 'snapshot.set-aside-1'), '');
    await chmod(dir, 0o750);
    await restart();
    expect(await modeOf(dir)).toBe(0o700);
  });

  it('is refused when others may enter it and it holds foreign files', async () => {
    await mkdir(dir);
    await chmod(dir, 0o755);
    await writeFile(join(dir, 'theirs.txt'), '');
    await expect(start()).rejects.toMatchObject({ code: 'STATE_UNUSABLE' });
    expect(await modeOf(dir)).toBe(0o755);
  });

  it('is refused when the path is a file', async () => {
    await writeFile(dir, '');
    await expect(start()).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringContaining(dir) as string,
    });
  });

  it('is refused at once where no directory can be created', async () => {
    await expect(start('/proc/rollcall/state')).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringContaining('stateDir /proc/rollcall/state cannot be used') as string,
    });
  });
});

describe('a store that cannot be opened', () => {
  const nobody = 65_534;

  /** Root may open every directory, so this test drops root for the call. */
  async function asAnotherUser(act: () => Promise<void>): Promise<void> {
    const { geteuid, seteuid } = process;
    if (geteuid?.() !== 0) return act();
    for (const path of [join(dir, '..'), dir, join(dir, 'journals'), join(dir, 'scratch')])
      await chown(path, nobody, nobody);
    seteuid?.(nobody);
    try {
      await act();
    } finally {
      seteuid?.(0);
    }
  }

  it('releases the stateDir', async () => {
    await restart();
    await open.pop()?.close();
    await rm(join(dir, 'id'));
    await chmod(join(dir, 'journals'), 0);
    await asAnotherUser(async () => {
      await expect(start()).rejects.toMatchObject({ code: 'STATE_UNUSABLE' });
      await chmod(join(dir, 'journals'), 0o700);
      expect((await (await start()).journal('web')).record.step).toBe('none');
    });
  });
});

describe('a journal', () => {
  it('has a pending reload before anything was written', async () => {
    const journal = await (await start()).journal('web');
    expect(journal.record).toEqual({
      step: 'none',
      digest: '',
      revision: '',
      undo: null,
      owned: [],
      content: null,
      failed: null,
      reloadPending: true,
      reloadedAt: null,
    });
  });

  it('of an earlier version, without the content of the last view, is used', async () => {
    const { content, ...earlier } = (await (await start()).journal('web')).record;
    const text = wrapInEnvelope({ kind: 'journal', version: 2 }, { ...earlier, owned: ['/a'] });
    await writeFile(join(dir, 'journals', 'web'), text, { mode: 0o600 });
    expect((await (await restart()).journal('web')).record).toEqual({ ...earlier, owned: ['/a'], content });
    expect(content).toBeNull();
  });

  it('has its last record after a restart', async () => {
    const journal = await (await start()).journal('web');
    await journal.advance({ step: 'staged', digest: 'd1', revision: 'services=7', undo: { items: [1] } });
    await journal.advance({
      step: 'checked',
      owned: ['/a'],
      content: { selection: { sources: 'a', select: 'b' }, emptySince: 7 },
      reloadPending: false,
      failed: { digest: 'd0', reason: 'no' },
    });
    const before = journal.record;
    expect((await (await restart()).journal('web')).record).toEqual(before);
    expect(before).toMatchObject({ step: 'checked', digest: 'd1', undo: { items: [1] }, owned: ['/a'] });
  });

  it('writes concurrent advances in the order of the calls', async () => {
    const journal = await (await start()).journal('web');
    await Promise.all(Array.from({ length: 20 }, (_, i) => journal.advance({ revision: `r${i}` })));
    expect((await (await restart()).journal('web')).record.revision).toBe('r19');
  });

  it('keeps its record when an advance cannot be written', async () => {
    const journal = await (await start()).journal('web');
    await journal.advance({ revision: 'before' });
    await rename(join(dir, 'journals', 'web'), join(dir, 'journals', 'moved'));
    await mkdir(join(dir, 'journals', 'web'));
    await expect(journal.advance({ revision: 'after' })).rejects.toMatchObject({
      code: 'STATE_UNWRITABLE',
      retry: true,
    });
    expect(journal.record.revision).toBe('before');
  });

  it('is one object for each target and one file for each name', async () => {
    const store = await start();
    expect(await store.journal('web')).toBe(await store.journal('web'));
    const names = ['web', 'Web', 'w/b', '../web', '..', 'w b', `${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`];
    for (const name of names) await (await store.journal(name)).advance({ revision: name });
    const again = await restart();
    for (const name of names) expect((await again.journal(name)).record.revision).toBe(name);
    expect(await readdir(join(dir, 'journals'))).toHaveLength(names.length);
    expect(new Set(names.map((name) => again.scratch(name))).size).toBe(names.length);
  });

  const damages: [string, (text: string) => string, string][] = [
    ['cut short', (text) => text.slice(0, -10), 'checksum'],
    ['empty', () => '', 'first line|begin'],
    ['altered', (text) => text.replace('"staged"', '"checked"'), 'checksum'],
    [
      'of a newer version',
      (text) => text.replace('"version":2', '"version":3'),
      'version is 3, but this rollcall reads version 2',
    ],
    ['of another kind', (text) => text.replace('"rollcall":"journal"', '"rollcall":"snapshot"'), 'not a journal file'],
    ['no file of ours', () => 'hello\n', 'begin'],
  ];
  it.each(damages)('that is %s is set aside, kept, and counts as missing', async (_name, damage, problem) => {
    const journal = await (await start()).journal('web');
    await journal.advance({ step: 'staged', reloadPending: false });
    const path = join(dir, 'journals', 'web');
    const damaged = damage(await readFile(path, 'utf8'));
    await writeFile(path, damaged);
    const again = await (await restart()).journal('web');
    expect(again.record).toMatchObject({ step: 'none', reloadPending: true });
    expect(await readFile(`${path}.set-aside-1`, 'utf8')).toBe(damaged);
    expect(log.lines.at(-1)?.message).toMatch(new RegExp(problem));
    await writeFile(path, damaged);
    await (await restart()).journal('web');
    expect(await readdir(join(dir, 'journals'))).toEqual(['web.set-aside-1', 'web.set-aside-2']);
  });
});

it('remembers the format that was decided for a source and its prefix', async () => {
  const { decisions } = await start();
  expect(decisions.get('services', '/services/')).toBeUndefined();
  await Promise.all([
    decisions.set('services', '/services/', decided('plain')),
    decisions.set('other', '/o/', decided('json')),
  ]);
  await decisions.set('services', '/services/', decided('json'));
  const again = (await restart()).decisions;
  expect(again.get('services', '/services/')).toEqual(decided('json'));
  expect(again.get('other', '/o/')).toEqual(decided('json'));
  expect(again.get('services', '/moved/')).toBeUndefined();
});
