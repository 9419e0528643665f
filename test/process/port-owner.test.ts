import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readStat } from '../../src/process/proc.js';
import { watchPort } from '../../src/process/port-owner.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A program that listens and prints its pid, or the given program around it. */
const listening = (port: number, host: string): string =>
  `require('net').createServer().listen(${port}, '${host}', () => console.log(process.pid))`;

/** Starts node as a child with this program. Resolves when it prints a pid; that process is ended after the test. */
async function startChild(program: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const pid = Number(await until(() => /^\d+$/m.exec(said)?.[0], { what: 'a pid' }));
  ends.push(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with its parent.
    }
  });
  return child.pid ?? NaN;
}

const idle = 'console.log(process.pid); setInterval(() => {}, 1000)';
const nested = (program: string, options: string): string =>
  `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(program)}], ${options}).unref(); setInterval(() => {}, 1000)`;

async function listen(host: string, port = 0): Promise<Server & { port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  ends.push(() => server.close());
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.runIf(process.platform === 'linux')('the owner of a port', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
    ['127.0.0.1', '::'],
    ['::1', '::1'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['web.example.com', '127.0.0.1'],
  ])('at %s is the child that listens at %s', async (address, bound) => {
    const port = await freePort();
    const watch = watchPort({ address, port });
    expect(watch.ownerFor(await startChild(listening(port, bound)))).toBe('own');
  });

  it('is the child when a process below it listens', async () => {
    const port = await freePort();
    const watch = watchPort({ address: '127.0.0.1', port });
    const program = nested(listening(port, '127.0.0.1'), "{ stdio: 'inherit' }");
    expect(watch.ownerFor(await startChild(program))).toBe('own');
  });

  it('is the child when a server went into the background, in a session of its own and without its parent', async () => {
    const port = await freePort();
    const watch = watchPort({ address: '127.0.0.1', port });
    const server = nested(listening(port, '127.0.0.1'), "{ stdio: 'inherit', detached: true }");
    // The process between the child and the server ends.
    const between = server.replace('setInterval(() => {}, 1000)', 'process.exit()');
    expect(watch.ownerFor(await startChild(nested(between, "{ stdio: 'inherit' }")))).not.toBe('other');
  });

  it('is another process that listened before, whatever the child is', async () => {
    const { port } = await listen('127.0.0.1');
    const watch = watchPort({ address: '127.0.0.1', port });
    const child = await startChild(idle);
    expect(watch.ownerFor(child)).toBe('other');
  });

  it('is another process that listened later and is not the child’s', async () => {
    const port = await freePort();
    const watch = watchPort({ address: '127.0.0.1', port });
    const child = await startChild(idle);
    await listen('0.0.0.0', port);
    expect(watch.ownerFor(child)).toBe('other');
    expect(watch.ownerFor(child)).toBe('other');
  });

  it('is the child that got the socket of a listener from before', async () => {
    const server = await listen('127.0.0.1');
    const watch = watchPort({ address: '127.0.0.1', port: server.port });
    const handle = (server as unknown as { _handle: { fd: number } })._handle;
    const child = spawn(process.execPath, ['-e', idle], { stdio: ['ignore', 'pipe', 'inherit', handle.fd] });
    ends.push(() => child.kill('SIGKILL'));
    await until(() => child.stdout?.readableLength !== undefined && child.stdout.readableLength > 0);
    expect(watch.ownerFor(child.pid ?? NaN)).toBe('own');
  });

  it('is unknown without a listener that the child could have', async () => {
    const { port } = await listen('127.0.0.2');
    const child = await startChild(idle);
    expect(watchPort({ address: '127.0.0.1', port }).ownerFor(child)).toBe('unknown');
  });

  it('is said to have ended for a dead child, before and after this process learns of its end', async () => {
    const port = await freePort();
    const watch = watchPort({ address: '127.0.0.1', port });
    const child = await startChild(listening(port, '127.0.0.1'));
    expect(watch.ownerFor(child)).toBe('own');
    process.kill(child, 'SIGKILL');
    // Without a turn of the event loop, this process neither reaps the child nor learns of its end.
    const limit = Date.now() + 10_000;
    while (!readStat(child).zombie) expect(Date.now()).toBeLessThan(limit);
    expect(watch.ownerFor(child)).toBe('ended');
    await until(() => !isThere(child));
    await listen('127.0.0.1', port);
    expect(watch.ownerFor(child)).toBe('ended');
  });
});
