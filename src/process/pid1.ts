import type { Log } from '../ports.js';

/** Warns when Node itself is process 1: the head of the command (docs/adr/0013) was left out, so no process reaps orphans. */
export function warnOfZombies(pid: number, log: Log): void {
  if (pid !== 1) return;
  const hint = 'Start `rollcall` itself and not `node …/main.js`, or give the container an init (`docker run --init`).';
  log.warn({ hint }, 'Node is process 1, which reaps no orphans: what the commands leave behind stays as zombies');
}
