// Measures one process, from its start to the last put, on an etcd that it fills itself.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { delaysOf, timePuts } from './poller.mjs';
import { startProcess } from './process.mjs';
import { addressOf, prefix } from './registrations.mjs';
import { percentile } from './report/statistics.mjs';
import { runStorm } from './storm.mjs';
import { until } from './time.mjs';
import { usageOf } from './usage.mjs';

const coldDeadline = 300_000;

/** Fills etcd with the registrations of the layout, and starts a contender for it (`launch`). */
export async function start(subject, registry, dir) {
  await registry.fill(subject.layout.registrations);
  return launch(subject, registry, dir);
}

/**
 * Starts a contender for the registrations that etcd has already.
 *
 * @returns the running process after its cold start: `coldMs`, `process`, `out`, `countReloads`; or `error` when the files were never
 * complete. The caller stops the process.
 */
export async function launch({ prepare, layout, env }, registry, dir) {
  const out = join(dir, 'out');
  mkdirSync(out, { recursive: true });
  const reloads = join(dir, 'reloads');
  writeFileSync(reloads, '');
  const countReloads = () => readFileSync(reloads).length;
  const file = layout.fileOf(out, 0);
  const command = prepare({
    ...{ dir, out, layout, file, prefix },
    endpoint: registry.endpoint,
    reload: `printf x >> ${reloads}`,
  });
  const from = performance.now();
  const process = startProcess(command, dir, env);
  try {
    await until(() => process.isOver() || layout.isComplete(out), coldDeadline, 10);
    const coldMs = performance.now() - from;
    if (process.isOver() || !layout.isComplete(out)) {
      await process.stop();
      return { error: process.lastWords() };
    }
    // Each target has one reload to run after its files are there.
    await until(() => countReloads() >= layout.targets(out).length, coldDeadline, 10);
    await sleep(1500);
    return { coldMs, process, out, countReloads };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** Makes put number `u` of a layout: a new port for one of its instances. */
export function nextPut({ layout, registry, out, base = 20_000 }) {
  return (u) => {
    const i = layout.pick(Math.random());
    const port = base + u;
    return { file: layout.fileOf(out, i), wanted: `${addressOf(i)}:${port}`, put: () => registry.put(i, port) };
  };
}

/**
 * @param subject `prepare` of a contender, and the layout
 * @param options.updates number of timed puts; `gap` is ms between them; `storm` is a number of puts at once, 0 for none
 * @returns ms, MB and counts by name; only `error` when the files were never complete
 */
export async function measure(subject, registry, dir, { updates, storm = 0, gap }) {
  const started = await start(subject, registry, dir);
  if (started.error !== undefined) return { error: started.error };
  const { coldMs, process, out, countReloads } = started;
  try {
    const { rssMb } = usageOf(process.pid);
    const before = usageOf(process.pid).cpuMs;
    const timed = await timePuts({
      ...{ dirs: [out], gap },
      hasNext: (u) => u < updates,
      next: nextPut({ layout: subject.layout, registry, out }),
    });
    const cpuMs = (usageOf(process.pid).cpuMs - before) / updates;
    const { delays, missed } = delaysOf(timed);
    const figures = {
      ...{ coldMs, rssMb, p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99), missed, cpuMs },
    };
    if (storm === 0) return figures;
    await sleep(1000);
    const file = subject.layout.fileOf(out, 0);
    const { instances } = subject.layout.registrations;
    const stormFigures = await runStorm({ registry, file, instances, storm, countReloads, pid: process.pid });
    return { ...figures, ...stormFigures, endRssMb: usageOf(process.pid).rssMb };
  } finally {
    await process.stop();
  }
}
