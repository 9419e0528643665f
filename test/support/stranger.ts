import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { atEnd } from './at-end.js';
import { memoryDir } from './temp.js';

/** A user without permissions: not root, and not the user of the tests. */
export const stranger = 65_534;

const drop = ['--reuid', String(stranger), '--regid', String(stranger), '--clear-groups', '--'];

/** `describe` for tests that need a second user. Only root can switch users; for others, the suite is skipped by name. */
export function describeWithStranger(title: string, body: () => void): void {
  const isRoot = process.getuid?.() === 0;
  const { status, stderr } = isRoot ? spawnSync('setpriv', [...drop, 'true'], { encoding: 'utf8' }) : ({} as never);
  if (status === 0) describe(title, body);
  else if (isRoot && process.env.CI) throw new Error(`setpriv cannot change the user: ${stderr}`);
  else
    describe.skip(`${title} (${isRoot ? 'setpriv cannot change the user' : 'only root can act as two users'})`, body);
}

/** Runs a shell script as the stranger. @throws when it fails */
export async function asStranger(script: string): Promise<string> {
  return (await promisify(execFile)('setpriv', [...drop, 'sh', '-ec', script], { cwd: '/' })).stdout;
}

const running = new Set<ChildProcess>();

/** A Perl script that repeats an action until it is stopped. */
export interface Planter {
  /** The number of rounds so far. */
  rounds(): number;
  /** Its output without the round numbers. */
  said(): string[];
  stop(): Promise<void>;
}

/**
 * @param round the script of one round; its output lines must not begin with a digit
 * @param as the user of the script
 */
export function startPlanter(round: string, as: 'stranger' | 'root' = 'stranger'): Planter {
  const script = `$| = 1; for (my $n = 1; ; $n++) { ${round}; print "$n\\n" if $n % 100 == 0; }`;
  const argv = [...(as === 'stranger' ? ['setpriv', ...drop] : []), 'perl', '-e', script];
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
  });
  running.add(child);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const ended = once(child, 'close').then(() => running.delete(child));
  const lines = (): string[] => said.split('\n').slice(0, -1);
  return {
    rounds: () => Number(lines().findLast((line) => /^\d/.test(line)) ?? 0),
    said: () => lines().filter((line) => !/^\d/.test(line)),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Directories in memory with different owners and modes. */
export interface Ground {
  /** Owned by root, mode 0755. */
  readonly root: string;
  /** Owned by the stranger, below `root`. */
  readonly theirs: string;
  /** Owned by root, mode 1777, like /tmp. */
  readonly sticky: string;
  /** Owned by root, mode 0700: no other user may change it. */
  readonly safe: string;
}

export async function makeGround(): Promise<Ground> {
  const root = await memoryDir('rollcall-ground-');
  await chmod(root, 0o755);
  const [theirs, sticky, safe] = [join(root, 'theirs'), join(root, 'sticky'), join(root, 'safe')];
  await mkdir(theirs);
  await chown(theirs, stranger, stranger);
  await mkdir(sticky);
  await chmod(sticky, 0o1777);
  await mkdir(safe, { mode: 0o700 });
  return { root, theirs, sticky, safe };
}

atEnd(async () => {
  const ends = [...running].map((child) => once(child, 'close'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
});
