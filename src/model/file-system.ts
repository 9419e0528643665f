/**
 * How long the calls of a file system may take. `memory`: never long. `near`: a flush, and what is much, waits for the
 * disk. `far`: any call may wait for another machine, or for ever.
 */
export type FileSystemKind = 'memory' | 'near' | 'far';

/** tmpfs and ramfs: a flush does nothing there. Numbers as linux/magic.h has them. */
const memory: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]);

/** ext2 to 4, XFS, btrfs, F2FS, ZFS, overlayfs, bcachefs, erofs. */
const near: ReadonlySet<number> = new Set([
  0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x2fc1_2fc1, 0x794c_7630, 0xca45_1a4e, 0xe0f5_e1e2,
]);

/** @param type `f_type` of statfs(2). What is not known is `far`. */
export function fileSystemKind(type: number): FileSystemKind {
  if (memory.has(type)) return 'memory';
  return near.has(type) ? 'near' : 'far';
}
