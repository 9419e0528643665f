import { dirname } from 'node:path';

/**
 * The mount points in the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). The kernel writes blanks, tabs, line feeds and backslashes
 * as three octal digits. A mount whose directory was removed cannot be reached, and is left out.
 */
export function mountPointsIn(mountInfo: string): string[] {
  return mountInfo.split('\n').flatMap((line) => {
    const field = line.split(' ', 5)[4];
    if (field === undefined || field.endsWith('//deleted')) return [];
    return [field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))];
  });
}

/** The topmost of these mount points below the directory, sorted. */
export function mountsBelow(directory: string, mountPoints: ReadonlySet<string>): string[] {
  const isBelow = (path: string): boolean =>
    path !== directory && path.startsWith(directory === '/' ? '/' : `${directory}/`);
  const isTopmost = (path: string): boolean => {
    for (let above = dirname(path); isBelow(above); above = dirname(above)) if (mountPoints.has(above)) return false;
    return true;
  };
  return [...mountPoints].filter((path) => isBelow(path) && isTopmost(path)).sort();
}
