import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, type Lock } from '../../src/state/lock.js';
import { identifySelf } from '../../src/process/identity.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { memoryDir } from '../support/temp.js';

let dir: string;

beforeEach(async () => {
  dir = await memoryDir();
});

const log = memoryLog();
const acquire = (): Promise<Lock> => acquireLock(dir, { log });
const acquireAndRelease = async (): Promise<void> => (await acquire()).release();
const lockedBy = (holder: unknown): Promise<void> => writeFile(join(dir, 'lock'), `${JSON.stringify(holder)}\n`);

it('is held until it is released, also against its own process', async () => {
  const lock = await acquire();
  await expect(acquire()).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  await expect(acquire()).rejects.toThrow(`process ${process.pid}`);
  await lock.release();
  await acquireAndRelease();
  expect(await readdir(dir)).toEqual([]);
});

it('of a live process of another program is respected', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  await lockedBy({ ...identifySelf(), pid: child.pid, started: await startOf(child.pid ?? 0) });
  await expect(acquire()).rejects.toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await acquireAndRelease();
});

it('of a process that was killed holds nothing, even while nobody has reaped it', async () => {
  // The shell leaves its killed child a zombie: it goes to sleep without waiting for it.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await lockedBy({ ...identifySelf(), pid, started: await startOf(pid) });
  await expect(acquire()).rejects.toThrow(`process ${pid}`);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).includes(') Z '), { what: 'the zombie' });
  await acquireAndRelease();
  shell.kill('SIGKILL');
  await once(shell, 'exit');
});

const dead: [string, object | string][] = [
  ['whose pid another process has now', { ...identifySelf(), started: '1' }],
  ['from before the machine was started', { ...identifySelf(), boot: 'another' }],
  ['that no rollcall wrote', 'gibberish'],
];
it.each(dead)('is taken over from a holder %s', async (_name, holder) => {
  await lockedBy(holder);
  const lock = await acquire();
  expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8'))).toEqual(identifySelf());
  await lock.release();
  expect(await readdir(dir)).toEqual([]);
});

it('of an older version, which does not name its namespace, counts as one of this namespace', async () => {
  const { pid, started, boot } = identifySelf();
  await lockedBy({ pid, started, boot });
  await expect(acquire()).rejects.toThrow(`process ${process.pid}`);
});

describe('of a process in another pid namespace', () => {
  const elsewhere = { ...identifySelf(), pid: 7, namespace: 'pid:[1]', host: 'web-1' };

  it('is respected while its heartbeat comes, whatever the clocks say', async () => {
    await lockedBy(elsewhere);
    let time = Date.now() - 3_600_000;
    const beats = setInterval(() => {
      time += 1000;
      void utimes(join(dir, 'lock'), time / 1000, time / 1000);
    }, 500);
    try {
      await expect(acquire()).rejects.toMatchObject({
        ...{ code: 'STATE_LOCKED' },
        message: expect.stringContaining('process 7 of another container or machine (host "web-1")') as string,
      });
    } finally {
      clearInterval(beats);
    }
    expect(log.lines.at(-1)?.message).toContain('waiting for the heartbeat');
    expect((await readdir(dir)).sort()).toEqual(['lock']);
  });

  it('is taken over once no heartbeat has come for some seconds', async () => {
    await lockedBy(elsewhere);
    await utimes(join(dir, 'lock'), 1000, 1000);
    await acquireAndRelease();
    expect(await readdir(dir)).toEqual([]);
  });
});

it('has a heartbeat', async () => {
  const lock = await acquire();
  await utimes(join(dir, 'lock'), 1000, 1000);
  const isFresh = async (): Promise<boolean> => (await stat(join(dir, 'lock'))).mtimeMs > 1_000_000_000;
  await until(isFresh, { what: 'a heartbeat' });
  expect(lock.lost.aborted).toBe(false);
  await lock.release();
});

it('that another process has taken is lost, and is not removed', async () => {
  const lock = await acquire();
  await writeFile(join(dir, 'other'), JSON.stringify({ ...identifySelf(), pid: 7 }));
  await rename(join(dir, 'other'), join(dir, 'lock'));
  await until(() => lock.lost.aborted, { what: 'the loss' });
  expect(lock.lost.reason).toMatchObject({ code: 'STATE_LOCKED' });
  await lock.release();
  expect(await readdir(dir)).toEqual(['lock']);
});

async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
