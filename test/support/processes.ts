import { existsSync, readFileSync } from 'node:fs';

/** True while the process runs. False for a zombie. */
export function runs(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stateOf(pid));
}

/** True when the process has ended and its parent has not reaped it. */
export function isZombie(pid: number): boolean {
  return stateOf(pid) === 'Z';
}

/** proc_pid_stat(5): the state letter after the name; '' when there is no such process. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}

/** Waits for a file with a pid, and returns the pid. */
export function pidIn(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  return text.endsWith('\n') ? Number(text) : undefined;
}
