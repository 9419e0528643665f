import type { Clock } from '../ports.js';

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_MS = 2000;
const LOOK_EVERY_MS = 20;
// A zombie that its parent never reaps keeps the group alive for ever; nothing is left to wait for after this.
const AFTER_KILL_MS = 1000;

/**
 * Ends every process of a group: SIGTERM, up to two seconds to go, then SIGKILL. Resolves when the group is empty, or
 * one second after SIGKILL.
 *
 * @param group id of the group, which is the pid of its leader.
 */
export async function endGroup(group: number, clock: Clock): Promise<void> {
  if (!send(group, 'SIGTERM') || (await isGone(group, GRACE_MS, clock))) return;
  if (send(group, 'SIGKILL')) await isGone(group, AFTER_KILL_MS, clock);
}

async function isGone(group: number, within: number, clock: Clock): Promise<boolean> {
  const end = clock.now() + within;
  while (send(group, 0)) {
    if (clock.now() >= end) return false;
    await clock.sleep(LOOK_EVERY_MS);
  }
  return true;
}

const lent = new Set<number>();

/**
 * Sees to it that the group does not outlive this process when that ends without waiting for it: it gets SIGTERM then.
 * A process that is killed can see to nothing.
 *
 * @returns gives the group free.
 */
export function tieGroup(group: number): () => void {
  if (lent.size === 0) process.on('exit', endLent);
  lent.add(group);
  return () => {
    lent.delete(group);
    if (lent.size === 0) process.off('exit', endLent);
  };
}

function endLent(): void {
  for (const group of lent) send(group, 'SIGTERM');
}

/** False when the group has no process left. */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: there are processes, of another user (a setuid program): not ours to end, but not gone either.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
