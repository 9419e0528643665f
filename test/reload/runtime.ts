import { join } from 'node:path';
import type { CommandContext } from '../../src/ports/check.js';
import type { ReloadRuntime } from '../../src/reload/runtime.js';
import { realClock } from '../support/clock.js';

/** A runtime with only PATH in its environment. */
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
