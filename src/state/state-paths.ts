import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The folder of the journals in a stateDir. */
export function journalDirectory(dir: string): string {
  return join(dir, 'journals');
}

/** A target's own folder in a stateDir. */
export function scratchDirectory(dir: string, target: string): string {
  return join(dir, 'scratch', targetFileName(target));
}

/** One file name per target, also for names that differ only in case or in what a file name cannot hold. */
export function targetFileName(target: string): string {
  const readable = target.replace(/[^a-z0-9-]/g, '_').slice(0, 60);
  return readable === target ? target : `${readable}.${createHash('sha256').update(target).digest('hex').slice(0, 12)}`;
}
