import { readFileSync } from 'node:fs';

/** A process that cannot be taken for another one that got its number later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc_pid_stat(5)): ticks since boot when it started. `''` where there is no /proc. */
  readonly started: string;
  /** /proc/sys/kernel/random/boot_id; `''` where there is none. */
  readonly boot: string;
}

/** This process. */
export function identifySelf(): ProcessIdentity {
  return { pid: process.pid, started: readStat(process.pid)?.started ?? '', boot: readBoot() };
}

/** Is it still running? What cannot be found out counts as running. */
export function isRunning(identity: ProcessIdentity): boolean {
  const boot = readBoot();
  if (boot !== identity.boot) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = readStat(identity.pid);
  if (!stat) return true;
  // A zombie holds nothing: it only waits for its parent to look.
  return stat.started === identity.started && !'ZX'.includes(stat.state);
}

function readStat(pid: number): { state: string; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function readBoot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
