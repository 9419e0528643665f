import type { Log } from '../ports/runtime.js';

/** Warns when Node.js itself is process 1, without the head of the command (docs/adr/0013): no process then reaps orphans. */
export function warnOfZombies(pid: number, log: Log): void {
  if (pid !== 1) return;
  const hint = 'Start `rollcall` itself and not `node …/main.js`, or give the container an init (`docker run --init`).';
  log.warn({ hint }, 'Node is process 1, which reaps no orphans: processes that commands leave behind stay as zombies');
}
