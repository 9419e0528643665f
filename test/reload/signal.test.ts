import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createReload, reloadSchema } from '../../src/reload/registry.js';
import { needs } from '../support/binaries.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { runs } from '../support/processes.js';
import { context, never, runtimeIn } from './runtime.js';

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
 * A process that has no handler, or ignores signals, by `trap`. It starts no other process: while a shell starts one, it holds back every
 * signal for a moment, and then looks like a process that reads them.
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

async function send(path: string, more: object = {}): Promise<void> {
  const block = reloadSchema.parse({ signal: 'HUP', pidFile: path, ...more });
  await (await createReload(block, runtimeIn('/'))).run(context, never);
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

  describe('to a process that holds it back', () => {
    const perl = needs('perl');
    /** A process of perl; HUP is held back from its beginning. */
    async function holder(dir: string, script: string, ...args: string[]): Promise<string> {
      const hold =
        'use POSIX; my $hup = POSIX::SigSet->new(SIGHUP); sigprocmask(SIG_BLOCK, $hup); sub touch { open(my $f, ">>", $_[0]); }';
      const child = spawn(perl, ['-e', `${hold} touch("ready"); ${script}`, ...args], { cwd: dir, stdio: 'ignore' });
      children.push(child);
      await until(() => readFile(join(dir, 'ready')), { what: 'the holder' });
      return pidFile(dir, child.pid ?? NaN);
    }
    const wait = 'sub nap { select(undef, undef, undef, $_[0]); }';

    it('until it has started, and drops it then: it is sent again', async () => {
      const dir = await tempDir();
      // The order in which HAProxy does it.
      const path = await holder(
        dir,
        `${wait} my $mine = POSIX::SigSet->new; do { nap(0.01); sigpending($mine); } until $mine->ismember(SIGHUP);
         $SIG{HUP} = "IGNORE"; nap(0.1); $SIG{HUP} = sub { touch("caught") };
         sigprocmask(SIG_UNBLOCK, $hup); nap(60) while 1;`,
      );
      await send(path);
      await until(() => readFile(join(dir, 'caught')), { what: 'the signal' });
    });

    it.runIf(process.arch === 'x64' || process.arch === 'arm64')('to read it itself: it is sent once', async () => {
      const dir = await tempDir();
      const signalfd4 = process.arch === 'x64' ? 289 : 74;
      const path = await holder(
        dir,
        `${wait} my $set = pack("Q", 1); my $fd = syscall(${signalfd4}, -1, $set, 8, 0);
         nap(0.2); POSIX::read($fd, my $first, 128) == 128 and touch("first");
         nap(0.3); my $mine = POSIX::SigSet->new; sigpending($mine); $mine->ismember(SIGHUP) and touch("second");
         touch("over"); nap(60);`,
      );
      await send(path);
      await until(() => readFile(join(dir, 'over')), { what: 'both looks' });
      await readFile(join(dir, 'first'));
      await expect(readFile(join(dir, 'second'))).rejects.toThrow('ENOENT');
    });

    it('and hands over to another one: that one is sent it too', async () => {
      const [dir, next] = [await tempDir(), await tempDir()];
      const pending =
        'my $mine = POSIX::SigSet->new; do { nap(0.01); sigpending($mine); } until $mine->ismember(SIGHUP);';
      const other = await holder(
        next,
        `${wait} ${pending} touch("caught"); $SIG{HUP} = sub {};
         sigprocmask(SIG_UNBLOCK, $hup); nap(60) while 1;`,
      );
      const path = await holder(dir, `${wait} ${pending} rename($ARGV[0], "daemon.pid"); nap(60);`, other);
      await send(path);
      await until(() => readFile(join(next, 'caught')), { what: 'the signal' });
    });

    it.each([
      ['no process follows it', ''],
      ['another one follows it, which is not sent the signal', 'rename($ARGV[0], "daemon.pid");'],
    ])('and ends of it, as was meant: %s', async (_, handover) => {
      const [dir, next] = [await tempDir(), await tempDir()];
      const pid = await daemon(next);
      const path = await holder(
        dir,
        `${wait} my $term = POSIX::SigSet->new(SIGTERM); sigprocmask(SIG_BLOCK, $term); touch("blocked");
         my $mine = POSIX::SigSet->new; do { nap(0.01); sigpending($mine); } until $mine->ismember(SIGTERM);
         ${handover} POSIX::_exit(0);`,
        await pidFile(next, pid),
      );
      await until(() => readFile(join(dir, 'blocked')), { what: 'the holder' });
      await send(path, { signal: 'TERM' });
      expect(runs(pid)).toBe(true);
    });

    it('for ever: it is not acknowledged', async () => {
      const dir = await tempDir();
      const path = await holder(dir, `${wait} nap(60);`);
      await expect(send(path, { timeout: '300ms' })).rejects.toMatchObject({
        code: 'RELOAD_TIMED_OUT',
        message: expect.stringContaining('has held SIGHUP back for 300 ms') as string,
      });
    });
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

  it('refuses a file that every user may write', async () => {
    const dir = await tempDir();
    const path = await pidFile(dir, await daemon(dir));
    await chmod(path, 0o666);
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_UNTRUSTED',
      message: expect.stringContaining('writable by every user') as string,
    });
  });

  it('refuses a file that its group may write', async () => {
    const dir = await tempDir();
    const path = await pidFile(dir, await daemon(dir));
    await chmod(path, 0o664);
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_UNTRUSTED',
      message: expect.stringContaining('may be written by its group') as string,
    });
  });

  it.each([0o777, 0o775])('refuses a file in a directory of mode %o, unless the program is named', async (mode) => {
    const dir = await tempDir();
    const path = await pidFile(dir, await daemon(dir));
    await chmod(dir, mode);
    await expect(send(path)).rejects.toMatchObject({
      code: 'PID_UNTRUSTED',
      message: expect.stringContaining('can be replaced by other users') as string,
    });
    await send(path, { process: 'sh' });
    await chmod(dir, 0o1777);
    await send(path);
  });

  it.runIf(process.getuid?.() === 0)(
    'refuses a file in a directory of another user (needs root to be set up)',
    async () => {
      const dir = await tempDir();
      const path = await pidFile(dir, await daemon(dir));
      await chown(dir, 12345, 12345);
      await expect(send(path)).rejects.toMatchObject({
        code: 'PID_UNTRUSTED',
        message: expect.stringContaining(
          'can be replaced by other users, who may write in its directory (user 12345',
        ) as string,
      });
    },
  );

  it.runIf(process.getuid?.() === 0)('refuses a file of another user (needs root to be set up)', async () => {
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
    await mkdir(join(dir, 'directory'));
    await expect(send(join(dir, 'directory'))).rejects.toMatchObject({ code: 'PID_UNTRUSTED' });
    await expect(send(join(dir, 'absent'))).rejects.toMatchObject({
      code: 'PID_STALE',
      message: expect.stringContaining('ENOENT') as string,
    });
  });
});
