import type { BigIntStats } from 'node:fs';
import { isTrustedUser, untrusted } from '../../filesystem/trust.js';
import type { FileLocation } from './directories.js';

/**
 * Refuses a file that must not be written in place. A user who may create entries in this directory can give a file of another
 * directory a second name here (link(2)). So in a directory where others may write, the file must have only this name and
 * belong to root, to the user of rollcall or to the owner in the config.
 *
 * @param stats stats of the open file
 * @param desired the owner in the config. Absent when old contents are restored: then the file may have any owner.
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
  // Read again through the name: if the file has one name, this is it, so it is no second name of another file.
  const here = await directory.calls.lstat(directory.at(name));
  if (here.ino !== stats.ino || here.dev !== stats.dev || here.nlink !== 1n)
    return refuse(`it has other names or was moved, and others may write in ${directory.real}`);
}
