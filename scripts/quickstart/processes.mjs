// Starts, finds and ends the quickstart's own processes.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Map();
let closing = false;

export function find(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  const folder = folders.find((candidate) => candidate !== '' && existsSync(join(candidate, command)));
  if (!folder) throw new Error(`${command} is not installed: run node scripts/setup.mjs quickstart`);
  return join(folder, command);
}

export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** @param onLine called with every line that the process prints */
export function start(title, command, args, { onLine, env = process.env } = {}) {
  if (closing) throw new Error(`${title} is not started: everything is being stopped`);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        said.push(line);
        if (said.length > 50) said.shift();
        onLine?.(line);
      }
    });
  }
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      said.push(error.message);
      resolve();
    });
    child.once('exit', () => resolve());
  }).then(() => running.delete(child));
  running.set(child, ended);
  return { title, pid: child.pid, child, ended, said };
}

export async function stop({ child, ended }, signal = 'SIGTERM') {
  child.kill(signal);
  const patience = new AbortController();
  const late = sleep(5000, undefined, { signal: patience.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await ended;
  patience.abort();
  await late;
}

/** The last started ends first: consumers before what they consume. Nothing is started any more. */
export async function stopAll() {
  closing = true;
  for (const [child, ended] of [...running].reverse()) await stop({ child, ended });
}

/** Looks until `probe` gives something truthy. Gives up after `deadline` milliseconds, or when `alive` has ended. */
export async function until(what, probe, { deadline = 15_000, alive } = {}) {
  const end = performance.now() + deadline;
  for (;;) {
    const value = await probe();
    if (value) return value;
    const dead = alive && (alive.child.exitCode !== null || alive.child.signalCode !== null);
    if (dead || performance.now() > end) {
      const words = alive ? `\n${alive.title} said:\n${alive.said.join('\n')}` : '';
      throw new Error(`${what}: ${dead ? `${alive.title} ended` : `not within ${deadline / 1000} s`}${words}`);
    }
    await sleep(5);
  }
}
