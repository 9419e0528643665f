import type { Clock } from '../ports/runtime.js';

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_MS = 2000;
const LOOK_EVERY_MS = 20;
// A zombie that its parent never reaps keeps the group alive for ever, so the wait has an end.
const AFTER_KILL_MS = 1000;

/**
 * Ends every process of a group: SIGTERM, and SIGKILL two seconds later if any of them still runs. Resolves when the group is empty, at
 * the latest one second after SIGKILL.
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

const tied = new Set<number>();

/**
 * Sends SIGTERM to the group when this process exits. Nothing is sent when this process is killed: see `endAfterKill`.
 *
 * @returns a function that ends this.
 */
export function endWithProcess(group: number): () => void {
  if (tied.size === 0) process.on('exit', endTied);
  tied.add(group);
  return () => {
    tied.delete(group);
    if (tied.size === 0) process.off('exit', endTied);
  };
}

function endTied(): void {
  for (const group of tied) send(group, 'SIGTERM');
}

/** False when the group has no process left. */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: the group still has processes, but of another user (a setuid program), so this process cannot end them.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
