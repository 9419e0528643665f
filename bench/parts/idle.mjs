// The cost of a process while nothing changes, and the delay that a resync adds to a put.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepare } from '../contenders/rollcall.mjs';
import { manyTargets } from '../layouts.mjs';
import { nextPut, start } from '../measure.mjs';
import { timePuts } from '../poller.mjs';
import { splitByResync } from '../report/resyncs.mjs';
import { percentile } from '../report/statistics.mjs';
import { usageOf } from '../usage.mjs';

const preload = pathToFileURL(join(import.meta.dirname, '..', 'often-resync.mjs')).href;

/**
 * @param options.seconds duration of the idle measurement, which three times as long a wait precedes: 61 s have a resync in them
 * @param options.resyncs number of resyncs during puts, one every 2 s
 * @returns records of part `idle`
 */
export async function measureIdle(session, { instances, targets, seconds, resyncs, medium = 'tmpfs' }) {
  const layout = manyTargets({ targets, instances, services: targets });
  const common = { part: 'idle', size: targets, instances, medium, run: 1 };
  const subject = { prepare, layout };

  const idle = await session.withRegistry(medium, async (registry, dir) => {
    const started = await begin(subject, registry, dir);
    const { process, coldMs } = started;
    try {
      // V8 frees the memory of the start once, within the first three minutes.
      const first = await costOf(process.pid, 3 * seconds);
      return { coldMs, firstCpuMsPerSecond: first.cpuMsPerSecond, ...(await costOf(process.pid, seconds)) };
    } finally {
      await process.stop();
    }
  });
  session.emit({ ...common, name: 'idle', title: 'nothing changes', ...idle });

  const every = 2000;
  const puts = await session.withRegistry(medium, async (registry, dir) => {
    const file = join(dir, 'resyncs');
    writeFileSync(file, '');
    const env = { NODE_OPTIONS: `--import ${preload}`, BENCH_RESYNC_EVERY: String(every), BENCH_RESYNC_LOG: file };
    const { process, out } = await begin({ ...subject, env }, registry, dir);
    try {
      const ticks = () => readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number);
      const wanted = ticks().length + resyncs;
      const end = Date.now() + (resyncs + 5) * every * 3;
      const timed = await timePuts({
        ...{ dirs: [out], gap: 5 },
        // The file of ticks is small, but reading it is no part of a put.
        hasNext: (u) => u % 10 !== 0 || (ticks().length < wanted && Date.now() < end),
        next: nextPut({ layout, registry, out }),
      });
      return splitByResync(timed, ticks());
    } finally {
      await process.stop();
    }
  });
  for (const [name, title] of [
    ['during', 'puts at a resync'],
    ['between', 'puts between resyncs'],
  ]) {
    const delays = puts[name];
    const figures = { puts: delays.length, p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99) };
    session.emit({ ...common, name, title, resyncs: puts.resyncs, ...figures });
  }
}

/** What a process costs in some seconds. */
async function costOf(pid, seconds) {
  const before = { at: performance.now(), ...usageOf(pid) };
  await sleep(seconds * 1000);
  const after = { at: performance.now(), ...usageOf(pid) };
  const passed = (after.at - before.at) / 1000;
  return { rssMb: after.rssMb, seconds: passed, cpuMsPerSecond: (after.cpuMs - before.cpuMs) / passed };
}

async function begin(subject, registry, dir) {
  const started = await start(subject, registry, dir);
  if (started.error !== undefined) throw new Error(`rollcall did not write its files: ${started.error}`);
  return started;
}
