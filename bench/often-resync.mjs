// Preloaded into rollcall by `--idle`: it makes the timer of the next resync end earlier, and writes down when. That timer takes a minute,
// less up to half a minute that the last round took. So many resyncs fit into a short measurement. Nothing else changes.
import { appendFileSync } from 'node:fs';

const minute = 60_000;
const every = Number(process.env.BENCH_RESYNC_EVERY);
const log = process.env.BENCH_RESYNC_LOG;
const original = globalThis.setTimeout;

globalThis.setTimeout = (act, ms, ...args) => {
  if (ms <= minute / 2 || ms > minute) return original(act, ms, ...args);
  const end = () => {
    appendFileSync(log, `${Date.now()}\n`);
    act(...args);
  };
  return original(end, every);
};
