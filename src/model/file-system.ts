/**
 * Kinds of file systems, by how long a call may take. `memory`: never long. `local`: a flush, or a large read or write, waits for
 * the disk. `remote`: any call may wait for another machine, perhaps for ever.
 */
export type FileSystemKind = 'memory' | 'local' | 'remote';

/** tmpfs and ramfs, where a flush does nothing. The numbers are from linux/magic.h. */
const memory: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]);

/** ext2 to 4, XFS, btrfs, F2FS, ZFS, overlayfs, bcachefs, erofs. */
const local: ReadonlySet<number> = new Set([
  0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x2fc1_2fc1, 0x794c_7630, 0xca45_1a4e, 0xe0f5_e1e2,
]);

/** @param type `f_type` of statfs(2). An unknown type counts as `remote`. */
export function fileSystemKind(type: number): FileSystemKind {
  if (memory.has(type)) return 'memory';
  return local.has(type) ? 'local' : 'remote';
}
