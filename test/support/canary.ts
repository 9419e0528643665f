import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text that changes with any write, rename, link, or change of owner or mode in a directory tree. */
export function canaryOf(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return ['', ...names].map((name) => {
    const path = join(folder, name);
    const { ino, mode, uid, gid, nlink, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    const content = (mode & 0o170000n) === 0o100000n ? readFileSync(path, 'utf8') : '';
    return [name, ino, mode, uid, gid, nlink, mtimeNs, ctimeNs, content].join(' ');
  });
}
