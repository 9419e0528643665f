import { messageOf, RollcallError } from '../../model/errors.js';

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'Nothing was changed. Create the directory, or correct `path`.',
  EACCES: 'Nothing was changed. The user of rollcall needs write permission in the directory.',
  EPERM: 'Nothing was changed. The user of rollcall may not do this; changing owners needs root.',
  EROFS: 'Nothing was changed. Mount the file system writable, or correct `path`.',
  ENOSPC: 'Nothing was changed. Make room on the file system.',
  EBUSY: 'Nothing was changed. If the file is mounted by itself (a bind mount), set `inPlace: true` for it.',
  EXDEV: 'Nothing was changed. If the file is mounted by itself (a bind mount), set `inPlace: true` for it.',
};

/** An `OUTPUT_UNWRITABLE` with a hint for the cause. @param doing the failed action: `cannot replace /etc/nginx/conf.d/upstreams.conf` */
export function outputError(error: unknown, doing: string): RollcallError {
  if (error instanceof RollcallError && error.code === 'PATH_UNTRUSTED')
    return new RollcallError(error.code, `${doing}: ${error.message}`, { cause: error, hint: error.hint });
  if (error instanceof RollcallError) return error;
  const hint = hints[codeOf(error) ?? ''];
  const options = { cause: error, ...(hint === undefined ? {} : { hint }) };
  return new RollcallError('OUTPUT_UNWRITABLE', `${doing}: ${messageOf(error)}`, options);
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** The value of the promise, or undefined when the file does not exist. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
