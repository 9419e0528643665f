// Measures one contender, from its start to a storm of puts, on an etcd that already holds the instances.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf, prefix } from './registry.mjs';
import { percentile, until } from './time.mjs';
import { usageOf } from './usage.mjs';

const writers = 32;
const coldDeadline = 120_000;
const updateDeadline = 15_000;
const stormDeadline = 60_000;

/**
 * @param options.instances number of instances; `updates` and `storm` are numbers of puts, `gap` is ms between updates
 * @returns ms, MB and counts by name; only `error` when the file was never complete
 */
export async function measure(contender, registry, dir, { instances, updates, storm, gap }) {
  await registry.fill(instances);
  const file = join(dir, 'out', 'upstreams.conf');
  mkdirSync(dirname(file), { recursive: true });
  const reloads = join(dir, 'reloads');
  writeFileSync(reloads, '');
  const reload = `printf x >> ${reloads}`;
  const [program, ...args] = contender.prepare({ dir, endpoint: registry.endpoint, prefix, file, reload });
  const log = openSync(join(dir, 'log'), 'w');
  const from = performance.now();
  const child = spawn(program, args, { cwd: dir, stdio: ['ignore', log, log] });
  let over = false;
  const ended = new Promise((resolve) => child.once('close', resolve)).then(() => (over = true));
  child.once('error', () => (over = true));

  const read = () => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const countReloads = () => readFileSync(reloads).length;
  const count = () => (read().match(/^\s*server /gm) ?? []).length;

  try {
    await until(() => over || count() >= instances, coldDeadline, 10);
    const coldMs = performance.now() - from;
    if (over || count() < instances) return { error: readFileSync(join(dir, 'log'), 'utf8').slice(-400) };
    await sleep(1500);
    const { rssMb } = usageOf(child.pid);

    const before = usageOf(child.pid).cpuMs;
    const delays = await update();
    const cpuMs = (usageOf(child.pid).cpuMs - before) / updates;
    await sleep(1000);

    const stormResult = await runStorm();
    const seen = delays.filter((delay) => delay !== undefined);
    return {
      coldMs,
      rssMb,
      p50Ms: percentile(seen, 0.5),
      p99Ms: percentile(seen, 0.99),
      missed: delays.length - seen.length,
      cpuMs,
      ...stormResult,
      endRssMb: usageOf(child.pid).rssMb,
    };
  } finally {
    child.kill('SIGTERM');
    if ((await until(() => over, 5000)) === undefined) child.kill('SIGKILL');
    await ended;
    closeSync(log);
  }

  /** Makes puts one after the other, and measures each until a reader of the file sees it. */
  async function update() {
    let look = () => undefined;
    const watcher = watch(dirname(file), () => look());
    const delays = [];
    for (let u = 0; u < updates; u++) {
      const i = Math.floor(Math.random() * instances);
      const wanted = `${addressOf(i)}:${20_000 + u} `;
      const put = performance.now();
      let poll;
      const seen = new Promise((resolve) => {
        look = () => {
          if (read().includes(wanted)) resolve(performance.now() - put);
        };
        // A rename wakes the watcher; the poll finds changes that do not.
        poll = setInterval(() => look(), 20);
      });
      const late = new AbortController();
      await registry.put(i, 20_000 + u);
      delays.push(await Promise.race([seen, sleep(updateDeadline, undefined, { signal: late.signal })]));
      late.abort();
      clearInterval(poll);
      look = () => undefined;
      await sleep(gap);
    }
    watcher.close();
    return delays;
  }

  /** Makes puts as fast as etcd accepts them, and measures from the last acknowledgement until the file has them all. */
  async function runStorm() {
    const before = { reloads: countReloads(), cpuMs: usageOf(child.pid).cpuMs };
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
      const there = new Set(read().match(/\S+:\d+/g));
      return wanted.every((endpoint) => there.has(endpoint));
    };
    const stormMs = await until(isComplete, stormDeadline, 10);
    await sleep(2500);
    return {
      stormMs,
      stormCpuMs: usageOf(child.pid).cpuMs - before.cpuMs,
      stormReloads: countReloads() - before.reloads,
    };
  }
}
