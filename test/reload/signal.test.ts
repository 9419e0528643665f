import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createReload, reloadSchema } from '../../src/reload/registry.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { context, never, runs, runtimeIn } from './runtime.js';

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** A shell that writes every HUP to `log`; ready when its trap is set. */
function daemon(dir: string): Promise<number> {
  return start(dir, `trap 'echo hup >> log' HUP; echo ready > ready; while :; do sleep 0.02; done`);
}

/**
 * A process that has no handler, or ignores signals, by `trap`. It starts no other: while a shell does, it holds every
 * signal back for a moment, and then looks like one that reads them.
 */
async function sleeper(dir: string, trap: string): Promise<number> {
  const pid = await start(dir, `${trap}; echo ready > ready; exec sleep 60`);
  await until(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')) === 'sleep\n', { what: 'the sleeper' });
  return pid;
}

async function start(dir: string, script: string): Promise<number> {
  const child = spawn('sh', ['-c', script], { cwd: dir, stdio: 'ignore' });
  children.push(child);
  await until(() => readFile(join(dir, 'ready'), 'utf8'), { what: 'the daemon' });
  return child.pid ?? NaN;
}

async function pidFile(dir: string, content: string | number): Promise<string> {
  const path = join(dir, 'daemon.pid');
  await writeFile(path, `${content}\n`);
  return path;
}

function send(path: string, more: object = {}): Promise<void> {
  const block = reloadSchema.parse({ signal: 'HUP', pidFile: path, ...more });
  return createReload(block, runtimeIn('/')).run(context, never);
}

describe('a signal reload', () => {
  it.each([
    ['whose file is as old as it is', {}],
    ['of the expected name', { process: 'sh' }],
  ])('reaches the process %s', async (_, more) => {
    const dir = await tempDir();
    const pid = await daemon(dir);
    await send(await pidFile(dir, pid), more);
    await until(async () => (await readFile(join(dir, 'log'), 'utf8')) === 'hup\n', { what: 'the signal' });
  });

  it('knows a process by the file name of its executable too', async () => {
    const dir = await tempDir();
    const pid = await daemon(dir);
    const executable = readlinkSync(`/proc/${pid}/exe`).split('/').pop() ?? '';
    await send(await pidFile(dir, pid), { process: executable });
    await until(async () => (await readFile(join(dir, 'log'), 'utf8')) === 'hup\n');
  });

  it('takes the first line of a longer file', async () => {
    const dir = await tempDir();
    await send(await pidFile(dir, `${await daemon(dir)}\n/var/lib/data\n5432`));
    await until(async () => (await readFile(join(dir, 'log'), 'utf8')) === 'hup\n');
  });

  it('is not sent to a younger process, which only got a recycled number', async () => {
    const dir = await tempDir();
    const pid = await daemon(dir);
    const path = await pidFile(dir, pid);
    const hourAgo = Date.now() / 1000 - 3600;
    await utimes(path, hourAgo, hourAgo);
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_STALE',
      message: expect.stringMatching(/process \d+ \(sh\) is (3599|3600|3601|3602) s younger than the file/) as string,
    });
    expect(runs(pid)).toBe(true);
    await expect(readFile(join(dir, 'log'))).rejects.toThrow('ENOENT');
  });

  it('is not sent to a process of another name', async () => {
    const dir = await tempDir();
    const pid = await daemon(dir);
    await expect(send(await pidFile(dir, pid), { process: 'nginx' })).rejects.toMatchObject({
      code: 'PID_STALE',
      message: expect.stringMatching(/process \d+ is sh, not nginx/) as string,
    });
    expect(runs(pid)).toBe(true);
  });

  it('is not sent to a process that would die of it', async () => {
    const dir = await tempDir();
    const pid = await sleeper(dir, ':');
    await expect(send(await pidFile(dir, pid))).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      message: expect.stringContaining('no handler for this signal, so nothing was sent') as string,
    });
    expect(runs(pid)).toBe(true);
  });

  it('is not sent to a process that ignores it', async () => {
    const dir = await tempDir();
    await expect(send(await pidFile(dir, await sleeper(dir, `trap '' HUP`)))).rejects.toThrow('it ignores this signal');
  });

  it('may end a process when it is one that is meant to', async () => {
    const dir = await tempDir();
    const pid = await daemon(dir);
    await send(await pidFile(dir, pid), { signal: 'TERM' });
    await until(() => !runs(pid), { what: 'its end' });
  });

  it('is not sent to a process that is gone', async () => {
    const dir = await tempDir();
    const pid = await daemon(dir);
    const path = await pidFile(dir, pid);
    process.kill(pid, 'SIGKILL');
    await until(() => !runs(pid));
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_STALE',
      message: expect.stringContaining('no process') as string,
    });
  });

  it.each([
    ['', 'PID_STALE', 'no process id'],
    ['nginx', 'PID_STALE', 'no process id'],
    ['0', 'PID_STALE', 'no process id'],
    ['-1', 'PID_STALE', 'no process id'],
    ['12 34', 'PID_STALE', 'no process id'],
    ['99999999999', 'PID_STALE', 'no process id'],
    ['4194305', 'PID_STALE', 'no process 4194305 runs'],
    [process.pid, 'PID_UNTRUSTED', 'names rollcall itself'],
    [1, 'PID_UNTRUSTED', 'names process 1'],
  ])('refuses a file that says %j', async (content, code, message) => {
    await expect(send(await pidFile(await tempDir(), content))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses a file that everybody may write', async () => {
    const dir = await tempDir();
    const path = await pidFile(dir, await daemon(dir));
    await chmod(path, 0o666);
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_UNTRUSTED',
      message: expect.stringContaining('writable by everybody') as string,
    });
  });

  it.runIf(process.getuid?.() === 0)('refuses a file of a stranger (needs root to be set up)', async () => {
    const dir = await tempDir();
    const path = await pidFile(dir, await daemon(dir));
    await chown(path, 12345, 12345);
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_UNTRUSTED',
      message: expect.stringContaining('belongs to user 12345') as string,
    });
  });

  it('refuses what is no file, and says when there is none', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'folder'));
    await expect(send(join(dir, 'folder'))).rejects.toMatchObject({ code: 'PID_UNTRUSTED' });
    await expect(send(join(dir, 'absent'))).rejects.toMatchObject({
      code: 'PID_STALE',
      message: expect.stringContaining('ENOENT') as string,
    });
  });
});
