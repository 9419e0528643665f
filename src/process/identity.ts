import { readBootId, readStat, type ProcessStat } from './proc.js';

/** Identifies a process, so that a later process with the same pid is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc_pid_stat(5)): ticks since boot when it started. `''` where there is no /proc. */
  readonly started: string;
  /** /proc/sys/kernel/random/boot_id; `''` where there is none. */
  readonly boot: string;
}

/** This process. */
export function identifySelf(): ProcessIdentity {
  return { pid: process.pid, started: tryStat(process.pid)?.started ?? '', boot: readBootId() };
}

/** Whether the process is still running. A zombie does not count as running; a process that cannot be read does. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (readBootId() !== identity.boot) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = tryStat(identity.pid);
  return stat === undefined || (stat.started === identity.started && !stat.zombie);
}

function tryStat(pid: number): ProcessStat | undefined {
  try {
    return readStat(pid);
  } catch {
    return undefined;
  }
}
