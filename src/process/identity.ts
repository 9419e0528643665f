import { hostname } from 'node:os';
import { readBootId, readPidNamespace, readStat, type ProcessStat } from './proc.js';

/** Identifies a process, so that a later process with the same pid is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc_pid_stat(5)): ticks since boot when it started. `''` where there is no /proc. */
  readonly started: string;
  /** /proc/sys/kernel/random/boot_id; `''` where there is none. */
  readonly boot: string;
  /** The namespace of its pid (pid_namespaces(7)): a pid means nothing in another one. `''` where there is no /proc. */
  readonly namespace: string;
  /** The host name, for people. In a container, that of the container. */
  readonly host: string;
}

/** This process. */
export function identifySelf(): ProcessIdentity {
  return {
    ...{ pid: process.pid, started: tryStat(process.pid)?.started ?? '', boot: readBootId() },
    ...{ namespace: readPidNamespace(), host: hostname() },
  };
}

/**
 * Whether the process is still running. A zombie does not count as running; a process that cannot be read does.
 *
 * `elsewhere`: this process cannot know, because the other one is in another pid namespace, such as another container.
 * `other-boot`: it ran on another machine, or on this one before it was started.
 */
export function stateOf(identity: ProcessIdentity): 'running' | 'ended' | 'elsewhere' | 'other-boot' {
  if (readBootId() !== identity.boot) return 'other-boot';
  if (readPidNamespace() !== identity.namespace) return 'elsewhere';
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  const stat = tryStat(identity.pid);
  return stat === undefined || (stat.started === identity.started && !stat.zombie) ? 'running' : 'ended';
}

function tryStat(pid: number): ProcessStat | undefined {
  try {
    return readStat(pid);
  } catch {
    return undefined;
  }
}
