import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { FileSpec } from '../../../src/targets/files/desired-file.js';
import type { Check } from '../../../src/ports/check.js';
import { pass, viewOf } from '../../contract/target.js';
import { memoryDir } from '../../support/temp.js';
import { openFilesWorld, plainPart, type FilesWorld, type WorldOptions } from './world.js';

let root: string;
let out: string;
let world: FilesWorld;
beforeEach(async () => {
  root = await memoryDir();
  out = join(root, 'conf', 'site.conf');
  await mkdir(join(root, 'conf'));
  world = await openFilesWorld(join(root, 'state'));
  return () => world.close();
});

async function write(text: string, over: Partial<FileSpec> = {}, options: WorldOptions = {}) {
  return (await pass(world.target([plainPart(out, text, over)], options), viewOf({}))).applied;
}

/** The contents of all copies, sorted. */
async function copies(): Promise<string[]> {
  const folder = join(root, 'state', 'originals');
  const names = existsSync(folder) ? await readdir(folder) : [];
  const texts = names.map((name) => readFile(join(folder, name), 'latin1'));
  return (await Promise.all(texts)).sort();
}

const said = (): object[] =>
  world.log.lines.filter(({ message }) => message.includes('was not made by this target')).map(({ fields }) => fields);

it('the first contents of a file of another program are kept once, byte by byte, and the log says where', async () => {
  await writeFile(out, Buffer.from('by hand \xff\0\n', 'latin1'));
  await chmod(out, 0o644);
  expect((await write('first'))?.caveats).toEqual([]);
  await write('second');
  expect(await copies()).toEqual(['by hand \xff\0\n']);
  const [line] = said() as { output: string; copy: string }[];
  expect(said()).toHaveLength(1);
  expect(line?.output).toBe(out);
  expect(line?.copy).toMatch(/state\/originals\/[\w.-]*_conf_site\.conf\.[0-9a-f]{16}\.[0-9a-f]{16}$/);
  const { mode } = await stat(line?.copy ?? '');
  expect(mode & 0o777).toBe(0o600);
});

it('a new file, and an own file that was edited, have no original', async () => {
  await write('first');
  await writeFile(out, 'edited by hand');
  await write('second');
  expect(await copies()).toEqual([]);
  expect(said()).toEqual([]);
});

it('a file that is written in place is kept too', async () => {
  await writeFile(out, 'by hand');
  await write('first', { inPlace: true });
  await write('second', { inPlace: true });
  expect(await copies()).toEqual(['by hand']);
});

it('an equal file is kept when it is replaced later', async () => {
  await writeFile(out, 'same');
  expect(await write('same')).toBeUndefined();
  expect(await copies()).toEqual([]);
  await write('other');
  expect(await copies()).toEqual(['same']);
});

it('an original is never overwritten: not after a lost journal, and not by an edit after a refused change', async () => {
  const refuses: Check = {
    staged: false,
    run: (() => {
      let runs = 0;
      return () =>
        Promise.resolve(
          (runs += 1) % 2 === 1
            ? ({ kind: 'refused', reason: 'no', output: '' } as const)
            : ({ kind: 'accepted' } as const),
        );
    })(),
  };
  await writeFile(out, 'by hand');
  for (let count = 0; count < 3; count++)
    await expect(write('bad', {}, { check: refuses })).rejects.toMatchObject({ code: 'CHECK_REFUSED' });
  expect(await readFile(out, 'utf8')).toBe('by hand');
  expect(await copies()).toEqual(['by hand']);
  expect(said()).toHaveLength(1);
  await writeFile(out, 'by hand, better');
  await write('good');
  await world.journal.advance({ step: 'none', undo: null, owned: [] });
  await write('newer');
  expect(await copies()).toEqual(['by hand', 'by hand, better', 'good']);
});

it('the copies of one file are few, and a caveat says when the old contents are not kept', async () => {
  for (let count = 0; count < 12; count++) {
    await writeFile(out, `by hand ${count}`);
    const caveats = (await write(`text ${count}`))?.caveats ?? [];
    expect(caveats).toEqual(count < 8 ? [] : [expect.stringContaining('many different copies') as string]);
    await world.journal.advance({ owned: [] });
  }
  expect(await copies()).toHaveLength(8);
});

it('a file that is too long is replaced, and a caveat says that it is not kept', async () => {
  await writeFile(out, '');
  await truncate(out, (4 << 20) + 1);
  expect((await write('first'))?.caveats).toEqual([
    expect.stringMatching(/site\.conf were replaced and are not kept in stateDir: it is longer than 4 MiB/) as string,
  ]);
  expect(await copies()).toEqual([]);
});

it('the old contents of a secret output are not kept', async () => {
  for (const [over, options] of [
    [{ secret: true }, {}],
    [{}, { secret: true }],
  ] as const) {
    await writeFile(out, 'by hand');
    await write('first', over, options);
    await world.journal.advance({ owned: [] });
  }
  expect(await copies()).toEqual([]);
});

it('a copy that cannot be written leaves the file as it is', async () => {
  await writeFile(out, 'by hand');
  const originals = {
    keep: () => Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })),
  };
  await expect(write('first', {}, { originals })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  expect(await readFile(out, 'utf8')).toBe('by hand');
  expect((await readdir(join(root, 'conf'))).sort()).toEqual(['site.conf']);
  await rm(out);
  expect((await write('first', {}, { originals }))?.caveats).toEqual([]);
});
