import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProcess, type ProcessEnd } from '../../src/process/process.js';
import type { Clock } from '../../src/ports/runtime.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { pidIn, runs } from '../support/processes.js';

const PATH = process.env.PATH ?? '/usr/bin:/bin';

const TIMEOUT = 20_000;

/** Never aborts. */
const never = new AbortController().signal;

/** A clock whose timeouts end when the program is ready for them. */
function timeoutWhen(isReady: () => unknown): Clock {
  return {
    ...realClock,
    sleep: (ms, signal) =>
      ms === TIMEOUT ? until(isReady, { what: 'the program' }).then(() => undefined) : realClock.sleep(ms, signal),
  };
}

function run(argv: readonly string[], cwd: string, clock = realClock, signal = never): Promise<ProcessEnd> {
  return runProcess({ argv, env: { PATH }, cwd, timeout: TIMEOUT }, clock, signal);
}

describe('a program that ends by itself', () => {
  it('is reported with its exit code and its output on both streams', async () => {
    const end = await run(['sh', '-c', 'echo out; echo err >&2; exit 3'], await tempDir());
    expect(end).toMatchObject({ kind: 'exited', code: 3 });
    expect(end).toHaveProperty('output', expect.stringMatching(/out/));
    expect(end).toHaveProperty('output', expect.stringMatching(/err/));
  });

  it('gets its arguments as they are, without a shell', async () => {
    const end = await run(['printf', '%s|', '$HOME', '*', 'a b', ';'], await tempDir());
    expect(end).toEqual({ kind: 'exited', code: 0, output: '$HOME|*|a b|;|' });
  });

  it('has nothing to read on stdin', async () => {
    const end = await run(['cat'], await tempDir());
    expect(end).toEqual({ kind: 'exited', code: 0, output: '' });
  });

  it('runs in the given directory with the given environment only', async () => {
    const cwd = await tempDir();
    const end = await runProcess(
      { argv: ['sh', '-c', 'pwd; env'], env: { PATH, ONLY: 'this' }, cwd, timeout: 20_000 },
      realClock,
      never,
    );
    const lines = end.kind === 'exited' ? end.output.split('\n') : [];
    expect(lines[0]).toBe(cwd);
    expect(
      lines
        .slice(1)
        .filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))
        .sort(),
    ).toEqual(['ONLY=this', `PATH=${PATH}`]);
  });

  it('is reported as killed when a signal ended it', async () => {
    expect(await run(['sh', '-c', 'kill -SEGV $$'], await tempDir())).toMatchObject({ kind: 'killed', by: 'SIGSEGV' });
  });

  it('may leave a daemon behind that does not hold its output', async () => {
    const dir = await tempDir();
    const end = await run(['sh', '-c', 'sleep 300 >/dev/null 2>&1 & echo $! > pid'], dir);
    expect(end).toMatchObject({ kind: 'exited', code: 0 });
    const pid = pidIn(join(dir, 'pid')) ?? NaN;
    expect(runs(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('is reported with the head and the tail of a huge output, and the size of the rest', async () => {
    const end = await run(
      ['sh', '-c', 'echo first; head -c 30000000 /dev/zero | tr "\\0" x; echo; echo last'],
      await tempDir(),
    );
    const output = end.kind === 'exited' ? end.output : '';
    expect(output.replace(/x+/g, 'x')).toBe('first\nx\n[… 29991820 bytes left out …]\nx\nlast');
  });
});

describe('a timeout', () => {
  it('ends the child, its children and those that ignore SIGTERM', async () => {
    const dir = await tempDir();
    const script = `
      (trap '' TERM; echo "$(exec sh -c 'echo $PPID')" > stubborn; while :; do sleep 1; done) &
      sleep 300 & echo $! > meek
      echo $$ > leader
      echo waiting
      wait`;
    const names = ['stubborn', 'meek', 'leader'];
    const isReady = () => names.every((name) => pidIn(join(dir, name)) !== undefined);
    const end = await run(['sh', '-c', script], dir, timeoutWhen(isReady));
    expect(end).toEqual({ kind: 'timed-out', code: null, output: 'waiting' });
    for (const name of names) {
      const pid = pidIn(join(dir, name)) ?? NaN;
      expect(pid, name).toBeGreaterThan(1);
      expect(runs(pid), name).toBe(false);
    }
  });

  it('ends grandchildren that hold the output after the child itself has exited', async () => {
    const dir = await tempDir();
    const hasLeft = () => pidIn(join(dir, 'pid')) !== undefined && !runs(pidIn(join(dir, 'leader')) ?? NaN);
    const script = 'echo $$ > leader; sleep 300 & echo $! > pid; exit 0';
    expect(await run(['sh', '-c', script], dir, timeoutWhen(hasLeft))).toEqual({
      kind: 'timed-out',
      code: 0,
      output: '',
    });
    expect(runs(pidIn(join(dir, 'pid')) ?? NaN)).toBe(false);
  });

  it('does not wait for a process that left the group and holds the pipes', async () => {
    const dir = await tempDir();
    const hasLeft = () => pidIn(join(dir, 'pid')) !== undefined && !runs(pidIn(join(dir, 'leader')) ?? NaN);
    const script = 'echo $$ > leader; setsid sh -c "echo \\$\\$ > pid; exec sleep 300" & exit 0';
    const end = await run(['sh', '-c', script], dir, timeoutWhen(hasLeft));
    expect(end).toMatchObject({ kind: 'timed-out', code: 0 });
    const pid = pidIn(join(dir, 'pid')) ?? NaN;
    expect(runs(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });
});

describe('an aborted signal', () => {
  it('ends the whole group and rejects with the reason', async () => {
    const dir = await tempDir();
    const stop = new AbortController();
    const running = run(['sh', '-c', 'sleep 300 & echo $! > pid; wait'], dir, realClock, stop.signal);
    const settled = running.catch((error: unknown) => error);
    const pid = await until(() => pidIn(join(dir, 'pid')));
    const reason = new Error('stopping');
    stop.abort(reason);
    expect(await settled).toBe(reason);
    expect(runs(pid)).toBe(false);
  });

  it('starts nothing when it is aborted already', async () => {
    const dir = await tempDir();
    await expect(run(['touch', 'made'], dir, realClock, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
    expect(pidIn(join(dir, 'made'))).toBeUndefined();
  });
});

describe('a program that cannot be started', () => {
  const reasonOf = (end: ProcessEnd): string => (end.kind === 'not-started' ? end.reason : `not expected: ${end.kind}`);

  it.each([
    ['is not in PATH', ['no-such-program-anywhere'], 'no-such-program-anywhere is not in PATH (/'],
    ['does not exist', ['/nowhere/at-all'], '/nowhere/at-all does not exist'],
  ])('%s', async (_, argv, reason) => {
    expect(reasonOf(await run(argv, await tempDir()))).toContain(reason);
  });

  it('is not executable', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'plain'), '#!/bin/sh\n');
    expect(reasonOf(await run([join(dir, 'plain')], dir))).toContain('permission denied, or it is not executable');
  });

  it('names an interpreter that does not exist', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'script'), '#!/no/such/interpreter\n');
    await chmod(join(dir, 'script'), 0o755);
    expect(reasonOf(await run([join(dir, 'script')], dir))).toContain('interpreter that the first line of');
  });

  it('has a working directory that does not exist', async () => {
    const dir = join(await tempDir(), 'gone');
    expect(reasonOf(await run(['true'], dir))).toBe(`its working directory ${dir} does not exist`);
  });

  it('is a directory', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'directory'));
    expect(reasonOf(await run([join(dir, 'directory')], dir))).toContain('permission denied');
  });
});
