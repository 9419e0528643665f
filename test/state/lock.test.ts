import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { acquireLock } from '../../src/state/lock.js';
import { identifySelf } from '../../src/process/identity.js';
import { until } from '../support/poll.js';
import { memoryDir } from '../support/temp.js';

let dir: string;

beforeEach(async () => {
  dir = await memoryDir();
});

const lockedBy = (holder: unknown): Promise<void> => writeFile(join(dir, 'lock'), `${JSON.stringify(holder)}\n`);

it('is held until it is released, also against its own process', async () => {
  const lock = acquireLock(dir);
  expect(() => acquireLock(dir)).toThrow(expect.objectContaining({ code: 'STATE_LOCKED' }) as Error);
  expect(() => acquireLock(dir)).toThrow(`process ${process.pid}`);
  lock.release();
  acquireLock(dir).release();
  expect(await readdir(dir)).toEqual([]);
});

it('of a live process of another program is respected', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const stat = await readFile(`/proc/${child.pid}/stat`, 'latin1');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  await lockedBy({ ...identifySelf(), pid: child.pid, started });
  expect(() => acquireLock(dir)).toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  acquireLock(dir).release();
});

it('of a process that was killed holds nothing, even while nobody has reaped it', async () => {
  // The shell leaves its killed child a zombie: it goes to sleep without waiting for it.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  await lockedBy({ ...identifySelf(), pid, started });
  expect(() => acquireLock(dir)).toThrow(`process ${pid}`);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).includes(') Z '), { what: 'the zombie' });
  acquireLock(dir).release();
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
  const lock = acquireLock(dir);
  expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8'))).toEqual(identifySelf());
  lock.release();
  expect(await readdir(dir)).toEqual([]);
});
