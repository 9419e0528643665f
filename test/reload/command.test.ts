import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/ports/check.js';
import type { Reload } from '../../src/ports/reload.js';
import { createCheck } from '../../src/reload/check.js';
import { createReload, reloadSchema } from '../../src/reload/registry.js';
import { confirmSchema } from '../../src/reload/schema.js';
import { createConfirm } from '../../src/reload/confirm.js';
import { tempDir } from '../support/temp.js';
import { context, never, runtimeIn } from './runtime.js';

function reload(dir: string, block: object): Promise<Reload> {
  return createReload(reloadSchema.parse(block), runtimeIn(dir));
}

describe('the environment of a command', () => {
  async function environmentOf(environment: Record<string, string>, allowed: readonly string[]): Promise<string[]> {
    const dir = await tempDir();
    const runtime = runtimeIn(dir, { environment: { PATH: process.env.PATH, ...environment }, allowed });
    await (
      await createReload(reloadSchema.parse({ command: ['sh', '-c', 'env > seen'] }), runtime)
    ).run(context, never);
    const seen = await readFile(join(dir, 'seen'), 'utf8');
    return seen.split('\n').flatMap((line) => {
      const name = /^(\w+)=/.exec(line)?.[1];
      return name === undefined || ['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name) ? [] : [name];
    });
  }

  it('has the usual names and no others', async () => {
    const given = {
      HOME: '/root',
      LC_ALL: 'C',
      LANG: 'C',
      TZ: 'UTC',
      USER: 'u',
      LOGNAME: 'u',
      AWS_SECRET: 's',
      ROLLCALL_CONFIG: 'c',
    };
    const names = await environmentOf(given, []);
    expect(names.sort()).toEqual([
      'HOME',
      'LANG',
      'LC_ALL',
      'LOGNAME',
      'PATH',
      'ROLLCALL_FILES_FROM',
      'ROLLCALL_REVISION',
      'ROLLCALL_TARGET',
      'TZ',
      'USER',
    ]);
  });

  it('has the names that the config allows, but never a credential of etcd', async () => {
    const names = await environmentOf({ REGION: 'eu', OTHER: 'x', ETCDCTL_PASSWORD: 'p' }, [
      'REGION',
      'ETCDCTL_PASSWORD',
      'ABSENT',
    ]);
    expect(names.sort()).toEqual(['PATH', 'REGION', 'ROLLCALL_FILES_FROM', 'ROLLCALL_REVISION', 'ROLLCALL_TARGET']);
  });
});

describe('the list of changed outputs', () => {
  it('lies in a private file while the command runs, and is gone afterwards', async () => {
    const dir = await tempDir();
    const script =
      'echo "$ROLLCALL_TARGET $ROLLCALL_REVISION" > seen; cat "$ROLLCALL_FILES_FROM" > list; stat -c %a "$ROLLCALL_FILES_FROM" "${ROLLCALL_FILES_FROM%/*}" > modes';
    const runtime = runtimeIn(dir);
    const many: CommandContext = {
      ...context,
      outputs: Array.from({ length: 100_000 }, (_, i) => `/etc/out put/${i}\n.conf`),
    };
    await (await createReload(reloadSchema.parse({ command: ['sh', '-c', script] }), runtime)).run(many, never);
    expect(await readFile(join(dir, 'seen'), 'utf8')).toBe('nginx services=42\n');
    expect((await readFile(join(dir, 'list'), 'utf8')).split('\0')).toEqual([...many.outputs, '']);
    expect(await readFile(join(dir, 'modes'), 'utf8')).toBe('600\n700\n');
    expect((await readdir(dir)).sort()).toEqual(['list', 'modes', 'scratch', 'seen']);
    expect(await readdir(runtime.scratch)).toEqual([]);
  });

  it('replaces the list that a killed process left there', async () => {
    const dir = await tempDir();
    const runtime = runtimeIn(dir);
    await mkdir(runtime.scratch);
    await writeFile(join(runtime.scratch, 'outputs'), 'left\0');
    const command = ['sh', '-c', 'cp "$ROLLCALL_FILES_FROM" list'];
    await (await createReload(reloadSchema.parse({ command }), runtime)).run(context, never);
    expect(await readFile(join(dir, 'list'), 'utf8')).toBe('/etc/a.conf\0/etc/b c.conf\0');
    expect(await readdir(runtime.scratch)).toEqual([]);
  });

  it('fails the reload when it cannot be written', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'file'), '');
    const runtime = runtimeIn(dir, { scratch: join(dir, 'file', 'scratch') });
    await expect(
      (await createReload(reloadSchema.parse({ command: ['true'] }), runtime)).run(context, never),
    ).rejects.toThrow(/list of changed outputs could not be written.*ENOTDIR/);
  });
});

describe('a command reload', () => {
  it('is acknowledged by exit code 0', async () => {
    await expect((await reload(await tempDir(), { command: 'true' })).run(context, never)).resolves.toBeUndefined();
  });

  it('finds a program with a slash from the config’s directory', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'hook.sh'), '#!/bin/sh\ntouch ran\n');
    await chmod(join(dir, 'hook.sh'), 0o755);
    await (await reload(dir, { command: './hook.sh' })).run(context, never);
    expect(await readdir(dir)).toContain('ran');
  });

  it('fails with the output of the consumer', async () => {
    const run = (await reload(await tempDir(), { command: ['sh', '-c', 'echo "no such upstream" >&2; exit 1'] })).run(
      context,
      never,
    );
    await expect(run).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      retry: true,
      message: `Reload: command \`sh -c 'echo "no such upstream" >&2; exit 1'\` exited with 1: no such upstream`,
    });
  });

  it('says so when it takes too long', async () => {
    const run = (await reload(await tempDir(), { command: ['sleep', '60'], timeout: '200ms' })).run(context, never);
    await expect(run).rejects.toMatchObject({
      code: 'RELOAD_TIMED_OUT',
      message: 'Reload: command `sleep 60` did not end within 200 ms, and its process group was ended',
    });
  });

  it('says so when the program is absent', async () => {
    const run = (await reload(await tempDir(), { command: 'no-such-program -x' })).run(context, never);
    await expect(run).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      message: expect.stringContaining('did not start: no-such-program is not in PATH') as string,
    });
  });

  it('describes itself in one line', async () => {
    expect((await reload(await tempDir(), { command: ['nginx', '-s', 'reload'] })).describe).toBe(
      'command nginx -s reload',
    );
    const long = (await reload(await tempDir(), { command: ['sh', '-c', `echo\n${'x'.repeat(500)}`] })).describe;
    expect(long).toMatch(/^command sh -c 'echo x+…$/);
    expect(long.length).toBeLessThan(250);
  });
});

describe('a check', () => {
  const check = async (command: readonly string[], staged?: string, timeout = 20_000) =>
    createCheck({ command, timeout }, runtimeIn(await tempDir())).run(
      staged === undefined ? context : { ...context, staged },
      never,
    );

  it('accepts by exit code 0', async () => {
    expect(await check(['true'])).toEqual({ kind: 'accepted' });
  });

  it('refuses by any other exit code, with the output', async () => {
    expect(await check(['sh', '-c', 'echo "[emerg] unknown directive"; exit 1'])).toEqual({
      kind: 'refused',
      reason: `check \`sh -c 'echo "[emerg] unknown directive"; exit 1'\` exited with 1`,
      output: '[emerg] unknown directive',
    });
  });

  it.each([
    ['is absent', ['no-such-check'], 'did not start: no-such-check is not in PATH'],
    ['is killed', ['sh', '-c', 'echo partial; kill -KILL $$'], 'was ended by SIGKILL'],
    ['takes too long', ['sleep', '60'], 'did not end within 200 ms'],
  ])('has not answered when it %s', async (_, command, reason) => {
    const verdict = await check(command, undefined, reason.includes('200') ? 200 : 20_000);
    expect(verdict).toMatchObject({ kind: 'unanswered', reason: expect.stringContaining(reason) as string });
  });

  it('checks the staged file when its arguments name it', async () => {
    const dir = await tempDir();
    const path = join(dir, 'new $& file');
    await writeFile(path, 'ok\n');
    const command = ['grep', '-q', 'ok', '{staged}'];
    expect(createCheck({ command, timeout: 1000 }, runtimeIn(dir)).staged).toBe(true);
    expect(createCheck({ command: ['nginx', '-t'], timeout: 1000 }, runtimeIn(dir)).staged).toBe(false);
    expect(await check(command, path)).toEqual({ kind: 'accepted' });
    expect(await check(command)).toMatchObject({ kind: 'unanswered', reason: 'no staged file for {staged}' });
  });

  it('rejects only for an aborted signal', async () => {
    const check = createCheck({ command: ['true'], timeout: 1000 }, runtimeIn(await tempDir()));
    await expect(check.run(context, AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
  });
});

describe('a confirm by command', () => {
  it('asks until the command succeeds', async () => {
    const dir = await tempDir();
    const block = confirmSchema.parse({
      command: ['sh', '-c', 'echo x >> tries; test $(wc -l < tries) -ge 3'],
      timeout: '20s',
    });
    await (await createConfirm(block, runtimeIn(dir))).run(context, never);
    expect(await readFile(join(dir, 'tries'), 'utf8')).toBe('x\nx\nx\n');
  });

  it('fails with the finding of the last attempt after the timeout', async () => {
    const block = confirmSchema.parse({ command: ['sh', '-c', 'echo still old; exit 1'], timeout: '1500ms' });
    await expect((await createConfirm(block, runtimeIn(await tempDir()))).run(context, never)).rejects.toMatchObject({
      code: 'CONFIRM_FAILED',
      message: expect.stringMatching(
        /^Confirm: no success in \d attempts within 1500 ms; the last: .*exited with 1: still old$/,
      ) as string,
    });
  });

  it('stops at once when its signal aborts', async () => {
    const stop = new AbortController();
    const block = confirmSchema.parse({ command: ['false'] });
    const running = (await createConfirm(block, runtimeIn(await tempDir()))).run(context, stop.signal);
    stop.abort(new Error('stopping'));
    await expect(running).rejects.toThrow('stopping');
  });
});
