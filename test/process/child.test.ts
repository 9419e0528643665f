import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { childEnvironment } from '../../src/process/environment.js';
import { exitCodeOf, startChild, StartError } from '../../src/process/child.js';
import { until } from '../support/poll.js';
import { pidIn, runs } from '../support/processes.js';
import { tempDir } from '../support/temp.js';

const env = childEnvironment(process.env);

/** The exit code that a shell would report. */
async function codeOf(argv: readonly string[]): Promise<number> {
  return exitCodeOf(await (await startChild(argv, { env })).ended);
}

describe('the exit code', () => {
  test.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['kill -SEGV $$', 139],
  ])('of %s is %i', async (script, code) => {
    expect(await codeOf(['sh', '-c', script])).toBe(code);
  });
});

describe('a program that does not start', () => {
  async function refusal(argv: readonly string[], cwd?: string): Promise<StartError> {
    const error: unknown = await startChild(argv, { env, ...(cwd !== undefined && { cwd }) }).catch((e: unknown) => e);
    if (error instanceof StartError) return error;
    throw new Error(`not expected: ${String(error)}`);
  }

  it('is nowhere in PATH: 127', async () => {
    const { exitCode, code, message } = await refusal(['no-such-program-anywhere']);
    expect({ exitCode, code }).toEqual({ exitCode: 127, code: 'CHILD_NOT_STARTED' });
    expect(message).toMatch(/^The command did not start: no-such-program-anywhere is not in PATH \(\//);
  });

  it('does not exist: 127', async () => {
    expect(await refusal(['/nowhere/at-all'])).toMatchObject({ exitCode: 127 });
  });

  it('does not exist below its working directory: 127', async () => {
    expect(await refusal(['./at-all'], await tempDir())).toMatchObject({ exitCode: 127 });
  });

  it('is not executable: 126', async () => {
    const file = join(await tempDir(), 'plain');
    await writeFile(file, '#!/bin/sh\n', { mode: 0o644 });
    expect(await refusal([file])).toMatchObject({ exitCode: 126 });
  });

  it('names an interpreter that does not exist: 126', async () => {
    const file = join(await tempDir(), 'script');
    await writeFile(file, '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(await refusal([file])).toMatchObject({ exitCode: 126 });
  });

  it('is a directory: 126', async () => {
    const directory = join(await tempDir(), 'directory');
    await mkdir(directory);
    expect(await refusal([directory])).toMatchObject({ exitCode: 126 });
  });

  it('has a working directory that does not exist: 126', async () => {
    expect(await refusal(['true'], join(await tempDir(), 'gone'))).toMatchObject({ exitCode: 126 });
  });

  it('has an argument that no program can be given: 126', async () => {
    expect(await refusal(['echo', 'a\0b'])).toMatchObject({ exitCode: 126 });
  });
});

describe('a running child', () => {
  it('gets the signals that are sent to it, until it has ended', async () => {
    const dir = await tempDir();
    const script = `trap 'echo USR1 >> ${dir}/got' USR1; trap 'echo TERM >> ${dir}/got; exit 7' TERM
      echo $$ > ${dir}/pid; while :; do sleep 0.05; done`;
    const child = await startChild(['sh', '-c', script], { env });
    await until(() => pidIn(join(dir, 'pid')), { what: 'its traps', deadline: 20_000 });
    expect(pidIn(join(dir, 'pid'))).toBe(child.pid);
    expect(child.send('SIGUSR1')).toBe(true);
    const got = () => readFile(join(dir, 'got'), 'utf8');
    await until(async () => (await got()) === 'USR1\n', { what: 'SIGUSR1', deadline: 20_000 });
    child.send('SIGTERM');
    expect(await child.ended).toEqual({ code: 7, signal: null });
    expect(await got()).toBe('USR1\nTERM\n');
    expect(child.send('SIGTERM')).toBe(false);
    expect(runs(child.pid)).toBe(false);
  });

  it('is in the process group of its parent, so that the keys of a terminal reach both', async () => {
    const file = join(await tempDir(), 'stat');
    await (
      await startChild(['sh', '-c', `cat /proc/$$/stat > ${file}`], { env })
    ).ended;
    const groupOf = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
    expect(groupOf(await readFile(file, 'utf8'))).toBe(groupOf(await readFile('/proc/self/stat', 'utf8')));
  });

  it('runs in the directory and with the environment that it is given', async () => {
    const cwd = await tempDir();
    const own = { PATH: env.PATH ?? '', ONLY: 'this' };
    await (
      await startChild(['sh', '-c', 'env > seen'], { env: own, cwd })
    ).ended;
    const seen = (await readFile(join(cwd, 'seen'), 'utf8'))
      .split('\n')
      .filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=|^$/.test(line));
    expect(seen.sort()).toEqual(['ONLY=this', `PATH=${env.PATH ?? ''}`]);
  });
});

test('the environment of a child is that of rollcall without the variables of etcd', () => {
  const ours = { PATH: '/bin', EMPTY: '', PASSWORD: 'of the service', GONE: undefined };
  const secret = { ETCDCTL_USER: 'root:word', ETCDCTL_PASSWORD: 'word', ETCDCTL_KEY: '/key', ETCDCTL_ENDPOINTS: 'x' };
  expect(childEnvironment({ ...ours, ...secret })).toEqual({ PATH: '/bin', EMPTY: '', PASSWORD: 'of the service' });
});
