import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RollcallError } from '../model/errors.js';

const places = ['rollcall.yaml', '/etc/rollcall/rollcall.yaml'];

/**
 * Finds the config: the named file (`-c`), $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml, in this order.
 * The first two are returned even if the file does not exist.
 *
 * @param environment the variables of the process
 * @param cwd the working directory of the process
 * @returns an absolute path
 * @throws RollcallError `CONFIG_NOT_FOUND` when no file is named and neither of the other two exists
 */
export async function findConfig(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<string> {
  if (named !== undefined) return resolve(cwd, named);
  const { ROLLCALL_CONFIG: variable = '' } = environment;
  if (variable !== '') return resolve(cwd, variable);
  const candidates = places.map((place) => resolve(cwd, place));
  for (const candidate of candidates) {
    const exists = await access(candidate).then(
      () => true,
      () => false,
    );
    if (exists) return candidate;
  }
  throw new RollcallError('CONFIG_NOT_FOUND', `no config: neither ${candidates.join(' nor ')} exists`);
}
