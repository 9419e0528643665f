import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe } from 'vitest';
import { memoryDir } from './temp.js';

/** A user without any right: not root, and not the user of the tests. */
export const stranger = 65_534;

const drop = ['--reuid', String(stranger), '--regid', String(stranger), '--clear-groups', '--'];

/** `describe` for what needs a second user, which only root can become: skipped by name for anybody else. */
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

/** A Perl script that does something again and again until it is stopped. */
export interface Planter {
  /** How often it has done so. */
  rounds(): number;
  /** What it printed, the numbers of rounds left out. */
  said(): string[];
  stop(): Promise<void>;
}

/**
 * @param round one round of it; what it prints are lines that do not begin with a digit
 * @param as whom it runs as
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

/** Folders that differ in who may write there, in memory. */
export interface Ground {
  /** Of root, mode 0755. */
  readonly root: string;
  /** Of the stranger, below `root`. */
  readonly theirs: string;
  /** Of root, mode 1777, as /tmp is. */
  readonly sticky: string;
  /** Of root, mode 0700: what nobody else may change. */
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

afterAll(async () => {
  const ends = [...running].map((child) => once(child, 'close'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
});
