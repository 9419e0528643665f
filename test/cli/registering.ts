import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { startRollcall, type CommandOptions, type Running } from '../support/command.js';
import type { EtcdServer } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { tempDir } from '../support/temp.js';

/** A deadline that is long enough for a loaded machine. */
export const deadline = 30_000;

/** Starts `rollcall register …` beside an etcd. */
export function startRegister(
  etcd: EtcdServer | string,
  args: readonly string[],
  options: CommandOptions = {},
): Running {
  const endpoint = typeof etcd === 'string' ? etcd : etcd.endpoint;
  return startRollcall(['register', ...args], { ...options, env: { ETCDCTL_ENDPOINTS: endpoint, ...options.env } });
}

/** Polls until the keys below a prefix match these patterns. */
export async function untilKeys(
  etcd: EtcdServer,
  prefix: string,
  expected: Readonly<Record<string, (value: Record<string, unknown>) => boolean>>,
): Promise<void> {
  const names = Object.keys(expected).sort();
  await until(
    async () => {
      const found = await readKeys(etcd, prefix);
      const same = JSON.stringify(Object.keys(found).sort()) === JSON.stringify(names);
      if (!same || !names.every((key) => expected[key]?.(parse(found[key])) === true))
        throw new Error(JSON.stringify(found));
      return true;
    },
    { deadline, what: `${names.join(', ') || 'nothing'} below ${prefix}` },
  );
}

function parse(value = ''): Record<string, unknown> {
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    return { value };
  }
}

/** Matches any value. */
export const there = (): boolean => true;

/** The lines that service.mjs has written to these notes so far. */
export interface Notes {
  readonly file: string;
  readonly port: number;
  lines(): string[];
  /** Polls for a line. */
  line(text: string): Promise<void>;
  pid(): number;
  /** The command line after `--`. */
  command(...words: string[]): string[];
}

const all: Notes[] = [];

export async function takeNotes(): Promise<Notes> {
  const file = join(await tempDir(), 'notes');
  const port = await freePort();
  const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  const notes: Notes = {
    file,
    port,
    lines,
    line: async (text) => {
      await until(() => lines().includes(text), { deadline, what: `${text} of the service` });
    },
    pid: () => Number(/^pid (\d+)/.exec(lines()[0] ?? '')?.[1]),
    command: (...words) => {
      const program = join(import.meta.dirname, 'service.mjs');
      return ['--', process.execPath, program, file, `port=${port}`, ...words];
    },
  };
  all.push(notes);
  return notes;
}

// End the services whose supervisor was killed.
afterAll(() => {
  for (const notes of all) if (isAlive(notes)) process.kill(notes.pid(), 'SIGKILL');
});

/** True while the service of these notes runs. */
export function isAlive(notes: Notes): boolean {
  try {
    // A zombie has no command line, and a new process with the same number has another one.
    return readFileSync(`/proc/${notes.pid()}/cmdline`, 'utf8').includes(notes.file);
  } catch {
    return false;
  }
}
