// Many puts at once for one file.
import { setTimeout as sleep } from 'node:timers/promises';
import { read } from './poller.mjs';
import { addressOf } from './registrations.mjs';
import { until } from './time.mjs';
import { usageOf } from './usage.mjs';

const writers = 32;
const deadline = 60_000;

/** Makes puts as fast as etcd accepts them, and measures from the last acknowledgement until the file has them all. */
export async function runStorm({ registry, file, instances, storm, countReloads, pid }) {
  const before = { reloads: countReloads(), cpuMs: usageOf(pid).cpuMs };
  const last = new Map();
  let next = 0;
  const write = async () => {
    while (next < storm) {
      const u = next++;
      const i = u % instances;
      last.set(i, 30_000 + (u % 30_000));
      await registry.put(i, last.get(i));
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const wanted = [...last].map(([i, port]) => `${addressOf(i)}:${port}`);
  // Searching a large file for 2,000 texts, one by one, would take longer than the measured time.
  const isComplete = () => {
    const there = new Set(read(file).match(/\S+:\d+/g));
    return wanted.every((endpoint) => there.has(endpoint));
  };
  const stormMs = await until(isComplete, deadline, 20);
  await sleep(2500);
  return {
    stormMs,
    stormCpuMs: usageOf(pid).cpuMs - before.cpuMs,
    stormReloads: countReloads() - before.reloads,
  };
}
