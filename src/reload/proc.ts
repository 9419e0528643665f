import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

// USER_HZ, the unit of times in /proc, is 100 on every architecture that Node.js runs on. proc_pid_stat(5).
const MS_PER_TICK = 10;

/** Where a process stands towards a signal. */
export interface SignalStanding {
  /** It has a handler. */
  readonly catches: boolean;
  /** It lets the signal be lost. */
  readonly ignores: boolean;
  /** It holds the signal back: to read it itself (signalfd), or until it has started. */
  readonly holds: boolean;
  /** One was sent, and is held back still. */
  readonly pending: boolean;
}

/** A running process, as /proc tells (proc_pid_stat(5), proc_pid_status(5)). */
export interface ProcessFacts {
  /** Its name, at most 15 bytes; and the file name of its executable, '' when we may not see it. */
  readonly comm: string;
  readonly executable: string;
  /** Milliseconds since it started. */
  readonly age: number;
  /** Effective user id. */
  readonly uid: number;
  /** True when it is dead and only waits to be reaped. */
  readonly zombie: boolean;
  /** What becomes of a signal that it is sent, by number. */
  standing(signal: number): SignalStanding;
}

/**
 * @param proc where procfs is mounted.
 * @returns undefined when there is no such process.
 * @throws what the file system says, when the process is there and may not be looked at.
 */
export async function lookAtProcess(pid: number, proc = '/proc'): Promise<ProcessFacts | undefined> {
  const folder = join(proc, String(pid));
  let stat: string;
  let status: string;
  try {
    stat = await readFile(join(folder, 'stat'), 'latin1');
    status = await readFile(join(folder, 'status'), 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const link = await readlink(join(folder, 'exe')).catch(() => '');
  const uptime = Number((await readFile(join(proc, 'uptime'), 'latin1')).split(' ')[0]) * 1000;
  // The name may hold blanks and parentheses: fields are counted from the last one. Field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const caught = maskOf(status, 'SigCgt');
  const ignored = maskOf(status, 'SigIgn');
  const blocked = maskOf(status, 'SigBlk') | (await awaitedBy(folder, pid));
  const pending = maskOf(status, 'SigPnd') | maskOf(status, 'ShdPnd');
  const has = (set: bigint, signal: number): boolean => ((set >> BigInt(signal - 1)) & 1n) === 1n;
  return {
    comm: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    executable: basename(link.replace(/ \(deleted\)$/, '')),
    age: Math.max(uptime, monotonic()) - Number(fields[19]) * MS_PER_TICK,
    uid: Number(/^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1]),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    standing: (signal) => ({
      catches: has(caught, signal),
      ignores: has(ignored, signal),
      holds: has(blocked, signal),
      pending: has(pending, signal),
    }),
  };
}

function maskOf(status: string, name: string): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1] ?? '0'}`);
}

/**
 * What the main thread waits for in sigwait(3), as BIND's does: meanwhile the kernel does not count that as blocked in it. The
 * other threads have the mask that it gave them.
 */
async function awaitedBy(folder: string, pid: number): Promise<bigint> {
  try {
    const wchan = await readFile(join(folder, 'wchan'), 'latin1');
    if (!wchan.includes('sigtimedwait')) return 0n;
    const others = (await readdir(join(folder, 'task'))).filter((id) => id !== String(pid));
    const masks = await Promise.all(
      others.map(async (id) => maskOf(await readFile(join(folder, 'task', id, 'status'), 'latin1'), 'SigBlk')),
    );
    return masks.reduce((all, mask) => all & mask, masks[0] ?? 0n);
  } catch {
    // It may not be seen by us, or a thread has ended: then nothing is known, and nothing is sent.
    return 0n;
  }
}

// Under LXC /proc/uptime is the container's, while start times stay the host's. The system's monotonic clock is the
// host's, but stands still during a suspend. Each can only fall short, so the greater one is right.
function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
