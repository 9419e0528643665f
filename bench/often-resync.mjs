// Preloaded into rollcall by `--idle`: it makes the timer of a minute, which is that of the resync, end earlier, and writes down when. So
// many resyncs fit into a short measurement. Nothing else changes.
import { appendFileSync } from 'node:fs';

const minute = 60_000;
const every = Number(process.env.BENCH_RESYNC_EVERY);
const log = process.env.BENCH_RESYNC_LOG;
const original = globalThis.setTimeout;

globalThis.setTimeout = (act, ms, ...args) => {
  if (ms !== minute) return original(act, ms, ...args);
  const end = () => {
    appendFileSync(log, `${Date.now()}\n`);
    act(...args);
  };
  return original(end, every);
};
