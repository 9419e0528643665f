import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { putHead } from '../../scripts/bundle/head.mjs';
import { describeWith } from '../support/binaries.js';
import { environment, main } from '../support/command.js';
import { asFirst, describeWithNamespace, findFirst, startFirst, type First } from '../support/namespace.js';
import { until } from '../support/poll.js';
import { isZombie } from '../support/processes.js';
import { tempDir } from '../support/temp.js';

const shell = join(import.meta.dirname, '../../src/cli/head.sh');
const deadline = 20_000;

/** The script after the head, instead of the command. It does what its first argument says. */
const program = `#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
const [what, ...rest] = process.argv.slice(2);
const got = (name) => console.log('got ' + name);
const deeds = {
  tell: () => console.log(JSON.stringify({ pid: process.pid, rest })),
  exit: () => process.exit(Number(rest[0])),
  die: () => process.kill(process.pid, rest[0]),
  read: () => console.log(readFileSync(0, 'utf8')),
  fail: () => { throw new Error('of line 14'); },
  wait: () => { setInterval(() => undefined, 1000); got('ready'); },
  catch: () => {
    for (const name of rest) process.on(name, () => got(name));
    process.on('SIGTERM', () => { got('SIGTERM'); process.exit(9); });
    deeds.wait();
  },
  count: () => {
    process.on('SIGUSR2', () => { got('SIGUSR2'); process.exit(); });
    deeds.catch();
  },
  // Each is orphaned at once, and ends when its standard input gets data.
  orphans: () => {
    for (let i = 0; i < 5; i++) spawn('sh', ['-c', 'exec 3<&0; (read word <&3) & exit 0'], { stdio: 'inherit' });
    deeds.catch();
  },
};
deeds[what]();
`;

let script: string;
beforeAll(async () => {
  const dir = await tempDir();
  script = join(dir, 'program.mjs');
  await writeFile(script, program);
  putHead(script, shell);
});

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

const run = (argv: readonly string[], input = '') => {
  const [file = '', ...args] = argv;
  const { status, stdout, stderr } = spawnSync(file, args, { env: environment(), encoding: 'utf8', input });
  return { status, stdout, stderr };
};

describe('a script with the head', () => {
  it('is run by Node, which replaces the shell', () => {
    const { stdout } = run([script, 'tell', 'a b', '', '*', '-x']);
    expect(JSON.parse(stdout)).toMatchObject({ rest: ['a b', '', '*', '-x'] });
    // The shell has become Node: there is no process between Node and its parent.
    const asked = run(['sh', '-c', `"$1" tell & echo $!; wait`, 'sh', script]).stdout.split('\n');
    expect(JSON.parse(asked[1] ?? '')).toMatchObject({ pid: Number(asked[0]) });
  });

  it('can be run by Node directly', () => {
    expect(run([process.execPath, script, 'exit', '3'])).toEqual({ status: 3, stdout: '', stderr: '' });
  });

  it('passes on standard input and the exit code', () => {
    expect(run([script, 'read'], 'hello')).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
    expect(run([script, 'exit', '7']).status).toBe(7);
  });

  it('exits 127 without Node', () => {
    const { status, stderr } = spawnSync('/bin/sh', [script, 'tell'], { env: { PATH: '/nowhere' }, encoding: 'utf8' });
    expect(status).toBe(127);
    expect(stderr).toContain('node');
  });
});

describeWithNamespace('as process 1', () => {
  const shells: [string, string[]][] = [
    ['/bin/sh', []],
    ['dash', []],
    ['bash', []],
    ['bash', ['--posix']],
    ['busybox', ['sh']],
  ];

  describe.each(shells)('of %s %j', (name, options) => {
    if (name.startsWith('/')) body(name);
    else describeWith(name, 'installed', body);

    function body(path: string): void {
      const argv = (...args: string[]): string[] => [path, ...options, script, ...args];
      const start = async (...args: string[]): Promise<First> => {
        const first = await startFirst(argv(...args));
        await says(first, 'ready');
        return first;
      };
      const says = (first: First, word: string) =>
        until(() => first.stdout().includes(`got ${word}\n`), { what: `${word} (${first.stderr()})`, deadline });

      it('passes on arguments, standard input and exit codes', () => {
        expect(JSON.parse(run(asFirst(argv('tell', 'a b', '*'))).stdout)).toEqual({ pid: 2, rest: ['a b', '*'] });
        expect(run(asFirst(argv('read')), 'hello')).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
        for (const code of [0, 1, 7, 127, 143, 255]) expect(run(asFirst(argv('exit', String(code)))).status).toBe(code);
        expect(run(asFirst(argv('die', 'SIGKILL'))).status).toBe(137);
      });

      it('has a standard input when it was started without one', () => {
        const line = `exec "$0" "$@" <&-`;
        expect(run(asFirst(['/bin/sh', '-c', line, ...argv('exit', '7')]))).toEqual({
          status: 7,
          stdout: '',
          stderr: '',
        });
      });

      it('reaps orphaned processes', async () => {
        const first = await start('orphans');
        // Node and five orphans.
        await until(() => first.children().length === 6, { what: 'the orphans', deadline });
        first.write('1\n2\n3\n4\n5\n');
        await until(() => first.children().length === 1, { what: 'the end of every orphan', deadline });
        first.send('SIGTERM');
        expect(await first.ended).toEqual({ code: 9, signal: null });
      });

      it('passes signals on', async () => {
        const names = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGWINCH'] as const;
        const first = await start('catch', ...names);
        for (const name of names) {
          first.send(name);
          await says(first, name);
        }
        first.send('SIGTERM');
        expect(await first.ended).toEqual({ code: 9, signal: null });
      });

      test.each([
        ['SIGTERM', 143],
        ['SIGINT', 130],
        ['SIGHUP', 129],
        ['SIGUSR2', 140],
      ] as const)('ends at %s, which the kernel keeps from a process 1 without a handler', async (signal, code) => {
        const first = await start('wait');
        first.send(signal);
        expect(await first.ended).toEqual({ code, signal: null });
      });
    }
  });

  it('warns when Node itself is process 1', async () => {
    const { status, stderr } = run(asFirst([process.execPath, main, 'run', '-c', '/nowhere/rollcall.yaml']));
    expect(status).toBe(2);
    expect(stderr).toMatch(/"level":"warn".*"hint":"Start `rollcall` itself.*"msg":"Node is process 1, which reaps no/);
    const first = await startFirst([process.execPath, script, 'orphans']);
    await until(() => first.children().length === 5, { what: 'the orphans', deadline });
    first.write('1\n2\n3\n4\n5\n');
    // Node waits for the parents of the orphans, which may still be there, and never for the orphans.
    const left = (): number => first.children().filter(isZombie).length;
    await until(() => left() === 5 && first.children().length === 5, { what: 'their ends', deadline });
  });

  it('does not warn after its head', () => {
    const { stderr } = run(asFirst([main, 'run', '-c', '/nowhere/rollcall.yaml']));
    expect(stderr).toContain('CONFIG_NOT_FOUND');
    expect(stderr).not.toContain('process 1');
  });

  // A key of the terminal reaches Node without the shell. A signal that the shell also passed on would arrive before a later one:
  // signals are delivered in the order of their numbers.
  describeWith('script', 'on a terminal', (terminal) => {
    it('gets ^C once', async () => {
      const quote = (word: string): string => `'${word}'`;
      const line = asFirst([script, 'count', 'SIGINT']).map(quote).join(' ');
      const child = spawn(terminal, ['-qec', line, '/dev/null'], { env: environment({ SHELL: '/bin/sh' }) });
      let seen = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
      running.add(child);
      const ended = new Promise((resolve) => child.once('close', resolve)).then(() => running.delete(child));
      const shows = (word: string) => until(() => seen.includes(word), { what: `${word} in ${seen}`, deadline });
      await shows('got ready');
      child.stdin.write('\u0003');
      await shows('got SIGINT');
      process.kill(await findFirst(child.pid ?? -1), 'SIGUSR2');
      await ended;
      expect(seen.match(/got SIG\w+/g)).toEqual(['got SIGINT', 'got SIGUSR2']);
    });
  });
});
