import { readTrusted, type ReadOptions } from '../../filesystem/read.js';
import { RollcallError, type ErrorCode } from '../../model/errors.js';
import { explainUnread } from '../../model/file-error.js';

/**
 * Reads a file by the rules of `readTrusted`.
 *
 * @param what the file, for the message: `the token of the ServiceAccount`
 * @throws RollcallError with this code, also when another user could have replaced or changed the file
 */
export async function readNamed(path: string, what: string, code: ErrorCode, options: ReadOptions): Promise<Buffer> {
  try {
    return await readTrusted(path, options);
  } catch (cause) {
    throw new RollcallError(code, `cannot read ${what} from ${path}: ${explainUnread(cause, path)}`, { cause });
  }
}
