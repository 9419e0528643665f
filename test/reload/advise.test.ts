import { join } from 'node:path';
import { writeFile, chmod } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RollcallError } from '../../src/model/errors.js';
import { createReload, reloadSchema } from '../../src/reload/registry.js';
import { tempDir } from '../support/temp.js';
import { context, never, runtimeIn } from './runtime.js';

/** Runs a script as the reload, and returns the error. */
async function failure(name: string, script: string): Promise<RollcallError> {
  const dir = await tempDir();
  const program = join(dir, name);
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const reload = await createReload(reloadSchema.parse({ command: [program], timeout: '300ms' }), runtimeIn(dir));
  const error: unknown = await reload.run(context, never).catch((thrown: unknown) => thrown);
  if (error instanceof RollcallError) return error;
  throw new Error(`the reload did not fail: ${String(error)}`);
}

describe('the hint for a reload', () => {
  it('that starts a known program in the foreground says what to use instead', async () => {
    const { code, message, hint } = await failure('nginx', 'echo serving; exec sleep 60');
    expect(code).toBe('RELOAD_TIMED_OUT');
    expect(message).toMatch(/did not end within 300 ms.*: serving$/);
    expect(hint).toContain('starts the consumer in the foreground');
    expect(hint).toContain('`[nginx, -s, reload]`');
  });

  it('that starts an unknown one says what a reload must do', async () => {
    expect((await failure('my-proxy', 'exec sleep 60')).hint).toContain(
      'makes the running consumer read its files again',
    );
  });

  it('that leaves a daemon behind names the daemon as the reason', async () => {
    const { message, hint } = await failure('haproxy', 'sleep 60 &');
    expect(message).toContain('exited with 0, but a process that it started held its output');
    expect(hint).toContain('left a process behind');
    expect(hint).toContain('SIGUSR2');
  });

  it('that starts a second consumer says so', async () => {
    const { code, hint } = await failure(
      'nginx',
      'echo "bind() to 0.0.0.0:80 failed (98: Address already in use)"; exit 1',
    );
    expect(code).toBe('RELOAD_FAILED');
    expect(hint).toContain('a second time');
  });

  it('that fails otherwise is that of its code', async () => {
    expect((await failure('nginx', 'exit 1')).hint).toBe(new RollcallError('RELOAD_FAILED', '').hint);
  });
});
