import { chmod, link, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Content } from '../../../src/targets/files/content.js';
import type { DesiredFile } from '../../../src/targets/files/desired-file.js';
import { createSightings, stampOf, type Sightings } from '../../../src/targets/files/sightings.js';
import { areUntouched } from '../../../src/targets/files/untouched.js';
import { until } from '../../support/poll.js';
import { memoryDir } from '../../support/temp.js';
import { fanOutPart, openFilesWorld, plainPart, type FilesWorld } from './world.js';
import { pass, viewOf } from '../../contract/target.js';

let root: string;
let sightings: Sightings;
let wall: number;
const at = (name: string): string => join(root, name);
const later = 10_000;

beforeEach(async () => {
  root = await memoryDir();
  sightings = createSightings();
  wall = Date.now() + later;
});

/** A file that was seen as it is desired. */
async function seen(name: string, text: string, isOld = true): Promise<DesiredFile> {
  const path = at(name);
  await writeFile(path, text);
  const content = Content.ofBytes(Buffer.from(text));
  const stamp = stampOf(lstatSync(path, { bigint: true }));
  sightings.set(path, { real: path, seen: { content, stamp, isSettled: isOld } });
  // Of an old file, every later change shows in the stamp, because the clock of the file system has gone on.
  if (isOld)
    await until(async () => {
      await writeFile(at('clock'), '');
      return lstatSync(at('clock'), { bigint: true }).ctimeNs > stamp.ctimeNs;
    });
  return { path, content } as DesiredFile;
}

const look = (files: readonly DesiredFile[], isQuick = true): boolean =>
  areUntouched(files, { sightings, disks: { areQuickIn: () => isQuick }, clock: { wall: () => wall } });

describe('a quick look at files', () => {
  it('is content with stamps of files that were seen long after their last change', async () => {
    const files = [await seen('a', 'one'), await seen('b', '')];
    expect(look(files)).toBe(true);
    expect(look([])).toBe(true);
  });

  it('reads a young file once, and trusts its stamp afterwards', async () => {
    const file = await seen('a', 'one', false);
    expect(look([file])).toBe(true);
    expect(sightings.get(file.path)?.seen?.isSettled).toBe(true);
  });

  it('reads a file again that is still young', async () => {
    const file = await seen('a', 'one', false);
    wall -= later;
    expect(look([file])).toBe(true);
    expect(sightings.get(file.path)?.seen?.isSettled).toBe(false);
  });

  it('finds another content of the same size in a young file, whatever its stamp says', async () => {
    const file = await seen('a', 'one', false);
    await writeFile(file.path, 'two');
    // A change within one step of the clock of the file system: the stamp is the same.
    const stamp = stampOf(lstatSync(file.path, { bigint: true }));
    sightings.set(file.path, { real: file.path, seen: { content: file.content, stamp, isSettled: false } });
    expect(look([file])).toBe(false);
  });

  const touches: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'an edit': (path) => writeFile(path, 'two'),
    'an edit with the old times': async (path) => {
      const { atime, mtime } = lstatSync(path);
      await writeFile(path, 'two');
      await utimes(path, atime, mtime);
    },
    'another mode': (path) => chmod(path, 0o600),
    'a second name': (path) => link(path, `${path}-2`),
    'a removal': (path) => rm(path),
    'an equal copy in its place': async (path) => {
      await writeFile(`${path}-2`, 'one');
      await rename(`${path}-2`, path);
    },
    'a link to it in its place': async (path) => {
      await rename(path, `${path}-2`);
      await symlink(`${path}-2`, path);
    },
    'a directory in its place': async (path) => {
      await rm(path);
      await mkdir(path);
    },
  };
  for (const [name, touch] of Object.entries(touches))
    for (const isOld of [true, false])
      it(`finds ${name}, of ${isOld ? 'an old' : 'a young'} file`, async () => {
        const file = await seen('a', 'one', isOld);
        await touch(file.path);
        expect(look([await seen('b', 'x'), file])).toBe(false);
      });

  it('finds another directory in the place of the one above', async () => {
    await mkdir(at('dir'));
    const file = await seen('dir/a', 'one');
    await rename(at('dir'), at('old'));
    await mkdir(at('dir'));
    await writeFile(at('dir/a'), 'one');
    expect(look([file])).toBe(false);
  });

  it('leaves a way on which others may write, or that has a link, to the whole look', async () => {
    await mkdir(at('up/dir'), { recursive: true });
    const file = await seen('up/dir/a', 'one');
    expect(look([file])).toBe(true);
    for (const open of ['up/dir', 'up']) {
      await chmod(at(open), 0o777);
      expect(look([file])).toBe(false);
      await chmod(at(open), 0o755);
    }
    expect(look([file])).toBe(true);
    await rename(at('up'), at('moved'));
    await symlink(at('moved'), at('up'));
    expect(look([file])).toBe(false);
  });

  it('is not certain of what it has not seen, of a path with links, of far disks, and of very many files', async () => {
    const file = await seen('a', 'one');
    expect(look([file], false)).toBe(false);
    expect(look(Array.from({ length: 300 }, () => file))).toBe(false);
    const { seen: before } = sightings.get(file.path) ?? {};
    sightings.set(file.path, { real: at('b'), ...(before && { seen: before }) });
    expect(look([file])).toBe(false);
    sightings.set(file.path, { real: file.path });
    expect(look([file])).toBe(false);
    sightings.delete(file.path);
    expect(look([file])).toBe(false);
  });

  it('is not certain when other contents are desired now', async () => {
    const file = await seen('a', 'one');
    expect(look([{ ...file, content: Content.ofBytes(Buffer.from('two')) }])).toBe(false);
  });
});

describe('a quick look of a files target', () => {
  let world: FilesWorld;
  beforeEach(async () => {
    await mkdir(at('conf'));
    world = await openFilesWorld(at('state'));
    return () => world.close();
  });

  it('knows the files that the target has made or seen, until something touches one', async () => {
    const parts = [plainPart(at('conf/a'), 'one\n'), fanOutPart(at('conf'), 'each\n', '{{service.name}}.conf')];
    const target = world.target(parts);
    const view = viewOf({ api: [80], web: [81] });
    const untouched = (): boolean | undefined => target.isUntouched?.(target.desired(view));
    await target.recover(new AbortController().signal);
    expect(untouched()).toBe(false);
    await pass(target, view);
    expect(untouched()).toBe(true);
    expect((await pass(target, view)).changes).toBe(0);
    expect(untouched()).toBe(true);
    await writeFile(at('conf/web.conf'), 'mine\n');
    expect(untouched()).toBe(false);
    await pass(target, view);
    expect(untouched()).toBe(true);
    await rm(at('conf/a'));
    expect(untouched()).toBe(false);
  });
});
