import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFileReader } from '../../src/config/contents.js';
import { followFiles } from '../../src/config/follow.js';
import type { Clock } from '../../src/ports/runtime.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';

/** Follows files, and polls when the test calls `look`. */
async function follow(files: readonly string[] | ReadonlyMap<string, string>) {
  const reader = createFileReader();
  if (Array.isArray(files)) for (const path of files as readonly string[]) await reader.read(path);
  const changes: (readonly string[])[] = [];
  const stop = new AbortController();
  let wake: (() => void) | undefined;
  const clock: Clock = {
    ...realClock,
    sleep: () =>
      new Promise((resolve) => {
        if (stop.signal.aborted) resolve();
        else wake = resolve;
      }),
  };
  const known = files instanceof Map ? (files as ReadonlyMap<string, string>) : reader.seen;
  const following = followFiles(known, (changed) => changes.push(changed), { clock }, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    wake?.();
    await following;
  });
  await until(() => wake, { what: 'the first poll' });
  const look = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      const go = wake;
      wake = undefined;
      go?.();
      await until(() => wake, { what: 'the next poll', every: 1 });
    }
  };
  return { changes, look };
}

describe('followed files', () => {
  it('are reported when their content changes, once, together', async () => {
    const dir = await tempDir();
    const [a, b, c] = [join(dir, 'a'), join(dir, 'b'), join(dir, 'c')];
    for (const path of [a, b, c]) await writeFile(path, 'old');
    const { changes, look } = await follow([a, b, c]);
    await look(3);
    expect(changes).toEqual([]);
    await writeFile(a, 'new');
    await look(2);
    await look(5);
    expect(changes).toEqual([[a]]);
  });

  it('are not reported when only their times change, or the same content replaces them', async () => {
    const dir = await tempDir();
    const path = join(dir, 'a');
    await writeFile(path, 'same');
    const { changes, look } = await follow([path]);
    await utimes(path, 1, 1);
    await look(3);
    await writeFile(join(dir, 'other'), 'same');
    await rename(join(dir, 'other'), path);
    await look(3);
    expect(changes).toEqual([]);
  });

  it('are reported when a symlink on the path is swapped, as in a ConfigMap', async () => {
    const dir = await tempDir();
    for (const version of ['one', 'two']) {
      await mkdir(join(dir, version));
      await writeFile(join(dir, version, 'rollcall.yaml'), version);
    }
    await symlink('one', join(dir, '..data'));
    await symlink('..data/rollcall.yaml', join(dir, 'rollcall.yaml'));
    const { changes, look } = await follow([join(dir, 'rollcall.yaml')]);
    await symlink('two', join(dir, '..tmp'));
    await rename(join(dir, '..tmp'), join(dir, '..data'));
    await look(2);
    expect(changes).toEqual([[join(dir, 'rollcall.yaml')]]);
  });

  it('are reported when the change keeps size and times', async () => {
    const path = join(await tempDir(), 'a');
    await writeFile(path, 'old');
    const { changes, look } = await follow([path]);
    await look(2);
    const moment = new Date();
    await utimes(path, moment, moment);
    await writeFile(path, 'new');
    await utimes(path, moment, moment);
    await look(2);
    expect(changes).toEqual([[path]]);
  });

  it('are reported when they are removed, and when they are created', async () => {
    const dir = await tempDir();
    const [present, absent] = [join(dir, 'present'), join(dir, 'absent')];
    await writeFile(present, 'x');
    const { changes, look } = await follow([present, absent]);
    await rm(present);
    await look(2);
    await writeFile(absent, 'y');
    await look(2);
    expect(changes).toEqual([[present], [absent]]);
  });

  it('are not reported while they still change, and are reported when they are stable', async () => {
    const path = join(await tempDir(), 'a');
    await writeFile(path, 'begin');
    const { changes, look } = await follow([path]);
    for (let part = 0; part < 5; part += 1) {
      await writeFile(path, `part ${part}`);
      await look(1);
    }
    expect(changes).toEqual([]);
    await look(1);
    expect(changes).toEqual([[path]]);
  });

  it('are not reported when they changed and changed back', async () => {
    const path = join(await tempDir(), 'a');
    await writeFile(path, 'one');
    const { changes, look } = await follow([path]);
    await writeFile(path, 'two');
    await look(1);
    await writeFile(path, 'one');
    await look(3);
    expect(changes).toEqual([]);
  });

  it('count as changed when they changed between the first read and the first poll', async () => {
    const path = join(await tempDir(), 'a');
    await writeFile(path, 'now');
    const { changes, look } = await follow(new Map([[path, 'digest of before']]));
    await look(2);
    expect(changes).toEqual([[path]]);
  });
});
