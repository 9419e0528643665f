import { existsSync, readFileSync } from 'node:fs';

/** True while the process runs; a zombie does not. */
export function runs(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stateOf(pid));
}

/** True when the process has ended and nobody has reaped it. */
export function isZombie(pid: number): boolean {
  return stateOf(pid) === 'Z';
}

/** proc_pid_stat(5): the letter behind the name; '' when there is no such process. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}

/** The pid that a process wrote to a file, once it is there. */
export function pidIn(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  return text.endsWith('\n') ? Number(text) : undefined;
}
