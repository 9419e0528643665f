// Measures the cost of holding registrations: one process, one lease, one etcd.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../usage.mjs';

const script = join(import.meta.dirname, '..', 'registering.mjs');

/** The number of calls of this name that etcd has answered so far; without `name`, of all calls. */
async function callsOf(endpoint, name) {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  const lines = text.match(/^grpc_server_handled_total\{.*$/gm) ?? [];
  const ours = lines.filter((line) => name === undefined || line.includes(`grpc_method="${name}"`));
  return ours.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/**
 * @param options.registrations number of keys; `ttl` is in ms; `seconds` is the duration of the idle measurement
 * @returns ms, MB and rates by name
 */
export async function measureRegistrar({ endpoint }, _dir, { registrations, ttl, seconds }) {
  const args = [script, endpoint, String(registrations), String(ttl), '/services/'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const said = [];
  let wake = () => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    wake();
  });
  let over = false;
  void ended.then(() => {
    over = true;
    wake();
  });
  const hear = async (word) => {
    for (;;) {
      const line = said.find((text) => text.startsWith(`${word} `));
      if (line !== undefined) return Number(line.split(' ')[1]);
      if (over) throw new Error(`the registering process ended before it printed ${word}`);
      await new Promise((resolve) => (wake = resolve));
    }
  };

  try {
    const readyMs = await hear('ready');
    await sleep(ttl / 3);
    const state = async () => ({
      at: performance.now(),
      ...usageOf(child.pid),
      keepalives: await callsOf(endpoint, 'LeaseKeepAlive'),
      calls: await callsOf(endpoint),
    });
    const before = await state();
    await sleep(seconds * 1000);
    const after = await state();
    const passed = (after.at - before.at) / 1000;
    const changes = said.length - 1;
    child.kill('SIGTERM');
    const goneMs = await hear('gone');
    return {
      registrations,
      seconds: passed,
      readyMs,
      keepalivesPerSecond: (after.keepalives - before.keepalives) / passed,
      callsPerSecond: (after.calls - before.calls) / passed,
      cpuMsPerSecond: (after.cpuMs - before.cpuMs) / passed,
      rssMb: after.rssMb,
      changes,
      goneMs,
    };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
