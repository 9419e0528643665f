import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '../../src/ports.js';
import type { ReloadRuntime } from '../../src/reload/runtime.js';
import { realClock } from '../support/clock.js';

/** A runtime with nothing but PATH in its environment. */
export function runtimeIn(cwd: string, more: Partial<ReloadRuntime> = {}): ReloadRuntime {
  return {
    clock: realClock,
    environment: { PATH: process.env.PATH },
    allowed: [],
    cwd,
    scratch: join(cwd, 'scratch'),
    ...more,
  };
}

export const context: CommandContext = {
  target: 'nginx',
  revision: 'services=42',
  outputs: ['/etc/a.conf', '/etc/b c.conf'],
};

/** Never aborts. */
export const never = new AbortController().signal;

/** True while the process runs; a zombie does not. */
export function runs(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** The pid that a process wrote to a file, once it is there. */
export function pidIn(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  return text.endsWith('\n') ? Number(text) : undefined;
}
