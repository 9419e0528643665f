import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { clock as systemClock } from '../../../src/build/system-clock.js';
import type { LiveResult, Reload } from '../../../src/ports/reload.js';
import { createHaproxyRuntime, type HaproxyRuntime } from '../../../src/reload/haproxy/live-update-maker.js';
import { createRecordFile } from '../../../src/reload/haproxy/record.js';
import { tempDir } from '../../support/temp.js';

const context = { target: 'haproxy', revision: '1', outputs: [] };
const { signal } = new AbortController();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

interface Scene {
  readonly runtime: HaproxyRuntime;
  readonly asked: readonly string[];
  readonly dir: string;
  readonly run: (facts?: { isPending?: boolean; isWhole?: boolean }) => Promise<LiveResult>;
}

/** A program at the socket, and the runtime that asks it. `answer` gets each line. */
async function scene(
  answer: ((line: string, socket: Socket) => void) | undefined,
  text = 'backend web\n server a 10.0.0.1:80\n',
  path = 'admin.sock',
): Promise<Scene> {
  const dir = await tempDir('rollcall-runtime-');
  const file = join(dir, 'backends.cfg');
  await writeFile(file, text);
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  if (answer) {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('data', (line: Buffer) => {
        asked.push(line.toString());
        answer(line.toString().trim(), socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(join(dir, path), resolve));
    ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
  }
  const runtime = createHaproxyRuntime({
    ...{ address: { path: join(dir, path) }, timeout: 400, clock: systemClock },
    record: createRecordFile(join(dir, 'scratch')),
    isConfig: () => true,
    defaultServer: [],
  });
  const outputs = [{ output: file, text, secret: false }];
  return {
    ...{ runtime, asked, dir },
    run: ({ isPending = true, isWhole = false } = {}) => runtime.live.run(outputs, { isPending, isWhole }),
  };
}

const head =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_check_state srv_fqdn srv_port srv_use_ssl\n';
const info = (started: number, pid = 7, version = '2.6.12'): string =>
  `Name: HAProxy\nVersion: ${version}\nPid: ${pid}\nStart_time_sec: ${started}\n\n`;
const future = 4_000_000_000;

describe('a hostile or broken admin socket', () => {
  it.each<[string, ((line: string, socket: Socket) => void) | undefined, RegExp]>([
    ['is not there', undefined, /admin socket .*: .*ENOENT/],
    ['never answers', () => undefined, /admin socket .*: not all answers came within 400 ms/],
    ['closes without an answer', (_line, socket) => socket.end(), /closed the connection without an answer/],
    [
      'breaks off in the middle',
      (_line, socket) => socket.end('Name: HAProxy\nVersion: 2.6.1\nPid:'),
      /is not that of HAProxy/,
    ],
    [
      'breaks the connection',
      (_line, socket) => socket.destroy(),
      /broke before the end|ECONNRESET|closed the connection/,
    ],
    [
      'is another program',
      (_line, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n\u001b[2J\n\n'),
      /"HTTP\/1\.1 400 Bad Request/,
    ],
    ['says strange numbers', (_line, socket) => socket.end(info(-1)), /is not that of HAProxy/],
    [
      'answers without an end',
      (_line, socket) => {
        const piece = Buffer.alloc(1 << 20, 'x');
        const pour = (): void => {
          if (!socket.destroyed) socket.write(piece, pour);
        };
        pour();
      },
      /longer than 64 MiB|not all answers came within 400 ms/,
    ],
  ])('that %s leads to the reload, and is said', async (_what, answer, words) => {
    const { run, asked } = await scene(answer);
    const result = await run();
    expect(result).toMatchObject({ kind: 'reload', isRefused: true });
    expect(result.kind === 'reload' && result.reason).toMatch(words);
    // eslint-disable-next-line no-control-regex
    expect(JSON.stringify(result)).not.toMatch(/\u001b|\\u001b/);
    // Without a change, nothing is reloaded.
    const looked = await run({ isPending: false, isWhole: true });
    expect(looked).toMatchObject({ kind: 'in-step', changed: 0 });
    expect(looked.kind === 'in-step' && looked.problem).toMatch(words);
    expect(asked.every((line) => line === 'show info\n')).toBe(true);
  });

  it('is not asked when it is a file', async () => {
    const { run, dir } = await scene(undefined);
    await writeFile(join(dir, 'admin.sock'), '');
    expect(await run()).toMatchObject({ kind: 'reload', reason: expect.stringContaining('it is no socket') as string });
  });

  it('is not asked in a directory where every user may write', async () => {
    const { run, dir, asked } = await scene((_line, socket) => socket.end(info(future)));
    await chmod(dir, 0o777);
    const result = await run();
    expect(result.kind === 'reload' && result.reason).toMatch(/other users may have made it \(user \d+, mode/);
    expect(asked).toEqual([]);
  });

  it('does not make rollcall believe a list that is cut off', async () => {
    const { run, asked } = await scene((line, socket) => {
      socket.end(line === 'show info' ? info(future) : `${head}3 web 1 a 10.0.`);
    });
    expect(await run()).toMatchObject({ kind: 'reload', isRefused: true });
    expect(asked).toEqual(['show info\n', 'show servers state web\n']);
  });

  it('that accepts a command and does nothing leads to the reload', async () => {
    const { run } = await scene((line, socket) => {
      if (line === 'show info') socket.end(info(future));
      else if (line.startsWith('show')) socket.end(`${head}\n`);
      else socket.end('New server registered.\n\n');
    });
    expect(await run()).toEqual({
      kind: 'reload',
      isRefused: true,
      reason: 'HAProxy has accepted to add a server in backend web, and has not done it',
    });
  });
});

describe('a process', () => {
  const calm =
    (started: number, pid = 7, version?: string) =>
    (line: string, socket: Socket) => {
      socket.end(line === 'show info' ? info(started, pid, version) : `${head}3 web 1 a 10.0.0.1 2 0 1 0 - 80 0\n\n`);
    };

  it('that started after the files were written has them', async () => {
    expect(await (await scene(calm(future))).run()).toEqual({ kind: 'in-step', changed: 0 });
  });

  it('that started before needs a reload', async () => {
    const result = await (await scene(calm(1_000_000))).run();
    expect(result).toMatchObject({ kind: 'reload', isRefused: false });
  });

  it('of an old version is not asked to add servers', async () => {
    const { run } = await scene(
      calm(future, 7, '2.4.9'),
      'backend web\n server a 10.0.0.1:80\n server b 10.0.0.1:81\n',
    );
    expect(await run()).toEqual({
      kind: 'reload',
      isRefused: false,
      reason: 'server web/b: HAProxy 2.4 adds no server at run time; 2.5 and newer do',
    });
  });

  it('with a newer record is known again, and an unusable record is none', async () => {
    const dir = await tempDir('rollcall-record-');
    const record = createRecordFile(join(dir, 'scratch'));
    expect(record.read()).toBeUndefined();
    const known = { worker: { pid: 1, started: 2 }, files: 'f', options: null };
    await record.write(known);
    expect(record.read()).toEqual(known);
    await writeFile(join(dir, 'scratch', 'haproxy-runtime.json'), '{"version":2}');
    expect(record.read()).toBeUndefined();
    await record.write(undefined);
    expect(record.read()).toBeUndefined();
    await mkdir(join(dir, 'scratch', 'haproxy-runtime.json'));
    expect(record.read()).toBeUndefined();
  });

  const reload: Reload = { describe: 'nothing', run: () => Promise.resolve() };

  it('that a reload has not replaced makes the reload fail', async () => {
    const { runtime, run } = await scene(calm(1_000_000));
    await run();
    await expect(runtime.watchOver(reload, 200).run(context, signal)).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      message: expect.stringContaining('process 7 still answers') as string,
    });
  });

  it('that a reload has replaced has the files, whatever its start', async () => {
    let pid = 7;
    const { runtime, run } = await scene((line, socket) => {
      calm(1_000_000, pid)(line, socket);
    });
    expect(await run()).toMatchObject({ kind: 'reload' });
    const replace: Reload = {
      describe: 'another process',
      run: () => {
        pid = 8;
        return Promise.resolve();
      },
    };
    await runtime.watchOver(replace, 1000).run(context, signal);
    expect(runtime.live.dueAt).toBeLessThanOrEqual(systemClock.now());
    expect(await run({ isPending: false })).toEqual({ kind: 'in-step', changed: 0 });
  });

  it('that does not answer before a reload is not waited for', async () => {
    const { runtime } = await scene(undefined);
    await expect(runtime.watchOver(reload, 60_000).run(context, signal)).resolves.toBeUndefined();
  });

  it('in the same state after a reload is not reloaded again without a change', async () => {
    let pid = 7;
    const { runtime, run } = await scene((line, socket) => {
      if (line === 'show info') socket.end(info(future, pid));
      else socket.end(line.startsWith('show') ? "Can't find backend.\n\n" : 'No such backend.\n\n');
    });
    const why = 'HAProxy has no backend web: it does not read the file of this backend';
    expect(await run()).toEqual({ kind: 'reload', isRefused: true, reason: why });
    await runtime.watchOver({ describe: 'r', run: () => Promise.resolve(void (pid = 8)) }, 1000).run(context, signal);
    expect(await run({ isPending: false })).toEqual({
      kind: 'in-step',
      changed: 0,
      problem: `${why}; a reload has not changed that`,
    });
  });
});
