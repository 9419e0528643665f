import type { BigIntStats } from 'node:fs';
import { isTrustedUser, untrusted } from '../../filesystem/trust.js';
import type { FileLocation } from './directories.js';

/**
 * May the file be written in place? It is one inode, which may be at home elsewhere: a user who may make names in this directory can give
 * it a second name here (link(2)). So where others may write, it has this one name and belongs to root, to our user or to the
 * owner that the config wants.
 *
 * @param stats of the open file
 * @param desired absent: the old contents are put back, and the file may have any owner
 * @throws RollcallError `PATH_UNTRUSTED`
 */
export async function expectOurOwn(
  { directory, name }: FileLocation,
  stats: BigIntStats,
  desired: { readonly uid: number | undefined } | undefined,
): Promise<void> {
  const path = `${directory.real}/${name}`;
  const refuse = (why: string): never => {
    throw untrusted(`${path} is not written in place: ${why}`);
  };
  if (!stats.isFile()) return refuse('it is no regular file');
  const owner = Number(stats.uid);
  const known = desired === undefined || isTrustedUser(owner) || owner === desired.uid;
  if (stats.nlink > 1n && !known) return refuse(`it belongs to user ${owner} and has ${stats.nlink} names`);
  if (!(await directory.mayOthersWrite())) return;
  if (!known) return refuse(`it belongs to user ${owner}, and others may write in ${directory.real}`);
  // One look at the name: its only name is this one now, so that it is at home here, whatever was linked before.
  const here = await directory.calls.lstat(directory.at(name));
  if (here.ino !== stats.ino || here.dev !== stats.dev || here.nlink !== 1n)
    return refuse(`it has other names or was moved, and others may write in ${directory.real}`);
}
