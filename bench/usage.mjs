// The resource usage of a process and its descendants, from /proc (proc(5)).
import { readdirSync, readFileSync } from 'node:fs';

const msPerTick = 10;
const pageSize = 4096;

function read(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // utime and stime, of the process and of its reaped children.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), cpuMs: ticks * msPerTick, rss: Number(fields[21]) * pageSize };
  } catch {
    // The process has ended in the meantime.
    return undefined;
  }
}

/** The CPU milliseconds since the start, and the resident megabytes (10^6) now. */
export function usageOf(pid) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
  const tree = new Set([pid]);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const one of all) if (tree.has(one.parent)) tree.add(one.pid);
  }
  const members = all.filter((one) => tree.has(one.pid));
  return {
    cpuMs: members.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssMb: members.reduce((sum, { rss }) => sum + rss, 0) / 1e6,
  };
}
