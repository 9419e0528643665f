import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fileSystemKind } from '../../src/model/file-system.js';
import { itWhere } from '../support/where.js';

const kindOf = async (path: string): Promise<string> => fileSystemKind((await statfs(path)).type);

itWhere(existsSync('/dev/shm'), 'there is no /dev/shm')(
  'recognizes a file system in memory by its type number',
  async () => {
    expect(await kindOf('/dev/shm')).toBe('memory');
  },
);

it('treats an unknown file system as remote', async () => {
  expect(fileSystemKind(0x6969), 'NFS').toBe('remote');
  expect(fileSystemKind(0x6573_5546), 'FUSE').toBe('remote');
  if (existsSync('/proc/self')) expect(await kindOf('/proc')).toBe('remote');
});

it('recognizes the usual file systems of disks', () => {
  const numbers = { ext4: 0xef53, xfs: 0x5846_5342, btrfs: 0x9123_683e, overlay: 0x794c_7630 };
  expect(Object.values(numbers).map((number) => fileSystemKind(number))).toEqual(['local', 'local', 'local', 'local']);
});
