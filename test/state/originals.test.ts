import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore, type Store } from '../../src/state/store.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';

async function withStore(work: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const dir = join(await memoryDir(), 'state');
  const store = await openStore(dir, { log: memoryLog() });
  try {
    await work(store, join(dir, 'originals'));
  } finally {
    await store.close();
  }
}
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

it('an original is kept with mode 0600 in a directory of its own, which is there only when it is needed', async () => {
  await withStore(async ({ originals }, folder) => {
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    const { copy = '', isNew } = await originals.keep('/etc/nginx/ä b.conf', bytes('a\0\xff'));
    expect(isNew).toBe(true);
    expect(copy).toMatch(/\/originals\/etc_nginx___b\.conf\.[0-9a-f]{16}\.[0-9a-f]{16}$/);
    expect(await readFile(copy)).toEqual(bytes('a\0\xff'));
    expect([(await stat(folder)).mode & 0o777, (await stat(copy)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(await originals.keep('/etc/nginx/ä b.conf', bytes('a\0\xff'))).toEqual({ copy, isNew: false });
  });
});

it('different paths and different contents have different copies, also at the same time', async () => {
  await withStore(async ({ originals }, folder) => {
    const texts = ['', 'x', 'y'];
    const paths = ['/a', '/A', '/a/b', '/a_b', `/${'long/'.repeat(100)}`];
    await Promise.all(paths.flatMap((path) => texts.map((text) => originals.keep(path, bytes(text)))));
    const names = await readdir(folder);
    expect(names).toHaveLength(texts.length * paths.length);
    expect(names.every((name) => name.length < 255 && !name.startsWith('.'))).toBe(true);
  });
});

it('a path has no more than eight copies, and other paths still have theirs', async () => {
  await withStore(async ({ originals }, folder) => {
    for (let count = 0; count < 20; count++) await originals.keep('/a', bytes(String(count)));
    expect(await originals.keep('/a', bytes('more'))).toEqual({ copy: undefined, isNew: false });
    expect(await originals.keep('/b', bytes('more'))).toMatchObject({ isNew: true });
    expect(await readdir(folder)).toHaveLength(9);
  });
});

it('a directory that others may write, or that is none, is refused, and used once it is right', async () => {
  await withStore(async ({ originals }, folder) => {
    await writeFile(folder, '');
    const refusal = { code: 'STATE_UNWRITABLE', retry: true };
    await expect(originals.keep('/a', bytes('x'))).rejects.toMatchObject(refusal);
    await rm(folder);
    await mkdir(folder);
    await chmod(folder, 0o777);
    await expect(originals.keep('/a', bytes('x'))).rejects.toMatchObject(refusal);
    await chmod(folder, 0o700);
    expect(await originals.keep('/a', bytes('x'))).toMatchObject({ isNew: true });
  });
});
