import type { BigIntStats } from 'node:fs';
import type { Content } from './content.js';

/** The identity of a file's present state: another program that changes the file changes one of these. */
export type FileStamp = Readonly<
  Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'mode' | 'uid' | 'gid' | 'nlink'>
>;

/** What this process knows of one desired file on disk. */
export interface Sighting {
  /** The path with all symlinks resolved. */
  readonly real: string;
  /** The contents at the time of `stamp`. Absent: not known, or not as desired. */
  readonly seen?: { readonly content: Content; readonly stamp: FileStamp; readonly isSettled: boolean };
}

/** What this process knows of the desired files of one target, by their paths. It is forgotten after every failure. */
export interface Sightings {
  get(path: string): Sighting | undefined;
  /** The path of the desired file whose bytes are there. */
  pathAt(real: string): string | undefined;
  set(path: string, sighting: Sighting): void;
  delete(path: string): void;
  clear(): void;
}

export function createSightings(): Sightings {
  const byPath = new Map<string, Sighting>();
  const byReal = new Map<string, string>();
  const forget = (path: string): void => {
    const real = byPath.get(path)?.real;
    byPath.delete(path);
    if (real !== undefined && byReal.get(real) === path) byReal.delete(real);
  };
  return {
    get: (path) => byPath.get(path),
    pathAt: (real) => byReal.get(real),
    set(path, sighting) {
      forget(path);
      byPath.set(path, sighting);
      byReal.set(sighting.real, path);
    },
    delete: forget,
    clear() {
      byPath.clear();
      byReal.clear();
    },
  };
}

export function stampOf(stats: BigIntStats): FileStamp {
  const { dev, ino, size, mtimeNs, ctimeNs, mode, uid, gid, nlink } = stats;
  return { dev, ino, size, mtimeNs, ctimeNs, mode, uid, gid, nlink };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return (
    a.ino === b.ino &&
    a.ctimeNs === b.ctimeNs &&
    a.mtimeNs === b.mtimeNs &&
    a.size === b.size &&
    a.dev === b.dev &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.nlink === b.nlink
  );
}

/** Longer than the time between two steps of any file system's clock. */
const clockStep = 2000;

/**
 * Whether every later change of the file shows in its stamp. A change within the same step of the file system's clock as the last one would
 * not.
 *
 * @param readAt wall-clock milliseconds before the contents were read
 */
export function isSettled({ ctimeNs }: FileStamp, readAt: number): boolean {
  return Number(ctimeNs / 1_000_000n) < readAt - clockStep;
}
