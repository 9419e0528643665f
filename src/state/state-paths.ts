import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The directory of the journals in a stateDir. */
export function journalDirectory(dir: string): string {
  return join(dir, 'journals');
}

/** A target's own directory in a stateDir. */
export function scratchDirectory(dir: string, target: string): string {
  return join(dir, 'scratch', targetFileName(target));
}

/** The directory of the originals in a stateDir. */
export function originalsDirectory(dir: string): string {
  return join(dir, 'originals');
}

/** The file name of a target. Different targets have different names, even on a file system that ignores case. */
export function targetFileName(target: string): string {
  const readable = target.replace(/[^a-z0-9-]/g, '_').slice(0, 60);
  return readable === target ? target : `${readable}.${createHash('sha256').update(target).digest('hex').slice(0, 12)}`;
}

/** The name of the file with what the guard of a target holds, beside its journal. It is the file name of no target. */
export function guardFileName(target: string): string {
  return `${targetFileName(target)}.guard`;
}

/** The name of the file with what a target's view has that etcd has not, beside its journal. It is the file name of no target. */
export function viewFileName(target: string): string {
  return `${targetFileName(target)}.view`;
}
