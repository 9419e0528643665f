import fc from 'fast-check';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDisks } from '../../../src/targets/files/calls.js';
import { withDirectories } from '../../../src/targets/files/directories.js';
import { createListings } from '../../../src/targets/files/listing.js';
import { pass, viewOf } from '../../contract/target.js';
import { memoryDir } from '../../support/temp.js';
import { fanOutPart, openFilesWorld, type FilesWorld } from './world.js';

let dir: string;
let world: FilesWorld | undefined;

beforeEach(async () => {
  dir = join(await memoryDir(), 'out');
  await mkdir(dir);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** The answers for these names, as for so many files. */
function lacksOf(names: readonly string[], files: number): Promise<boolean[]> {
  return withDirectories(createDisks(), async (directories) => {
    const listings = createListings(files);
    const directory = await directories.open(dir);
    return Promise.all(names.map((name) => listings.lacks({ directory, name })));
  });
}

const named = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', 'B', '.', '-', '_', '~', ' ', 'é', '\u212a', 'k', 'K'),
  minLength: 1,
  maxLength: 4,
});
const entry = named.filter((name) => name !== '.' && name !== '..');

it('never says that a file is missing which is there, also under other letters', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(entry, { maxLength: 6 }),
      fc.array(entry, { maxLength: 12 }),
      async (there, asked) => {
        for (const name of await readdir(dir)) await rm(join(dir, name));
        for (const name of there) await writeFile(join(dir, name), '');
        const folded = new Set(there.map((name) => name.normalize('NFKC').toLowerCase()));
        const answers = await lacksOf(asked, 100);
        for (const [index, name] of asked.entries())
          if (folded.has(name.normalize('NFKC').toLowerCase())) expect([name, answers[index]]).toEqual([name, false]);
      },
    ),
    { numRuns: 100 },
  );
});

it('says what is missing', async () => {
  await writeFile(join(dir, 'Web.conf'), '');
  await symlink('nowhere', join(dir, 'link.conf'));
  const names = ['api.conf', 'web.conf', 'link.conf', 'svc~1.con', 'api.', 'é.conf'];
  expect(await lacksOf(names, 64)).toEqual([true, false, false, false, false, false]);
});

it('says nothing for a few files, of a large directory, and beside a name of other letters', async () => {
  expect(await lacksOf(['api.conf'], 63)).toEqual([false]);
  for (let index = 0; index < 128; index++) await writeFile(join(dir, `${index}`), '');
  expect(await lacksOf(['api.conf'], 64)).toEqual([true]);
  await writeFile(join(dir, 'more'), '');
  expect(await lacksOf(['api.conf'], 64)).toEqual([false]);
  expect(await lacksOf(['api.conf'], 65)).toEqual([true]);
  await rm(join(dir, 'more'));
  await rm(join(dir, '0'));
  await writeFile(join(dir, 'é'), '');
  expect(await lacksOf(['api.conf'], 64)).toEqual([false]);
});

it('a first pass over many files writes them all, and leaves what another program made', async () => {
  world = await openFilesWorld(join(await memoryDir(), 'state'));
  const names = Array.from({ length: 100 }, (_, index) => `svc-${index}`);
  await writeFile(join(dir, 'svc-7'), 'foreign');
  await symlink('svc-7', join(dir, 'svc-8'));
  await mkdir(join(dir, 'svc-9'));
  const target = world.target([fanOutPart(dir, 'new')]);
  const view = viewOf(Object.fromEntries(names.map((name, index) => [name, [index + 1]])));
  await pass(target, view);
  const written = names.filter((name) => !['svc-7', 'svc-8', 'svc-9'].includes(name));
  expect((await readdir(dir)).sort()).toEqual([...names].sort());
  for (const name of written) expect(await readFile(join(dir, name), 'utf8')).toBe('new');
  expect(await readFile(join(dir, 'svc-7'), 'utf8')).toBe('foreign');
  expect(world.journal.record.owned).toEqual(written.map((name) => join(dir, name)).sort());
  expect(world.journal.record.undo).toBeNull();
  expect(world.log.lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ count: 3 }));
});
