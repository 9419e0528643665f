import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RollcallError } from '../model/errors.js';

const places = ['rollcall.yaml', '/etc/rollcall/rollcall.yaml'];

/**
 * Where the config is: the file that was named (`-c`), $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml.
 * The first two are taken as they are, whether the file exists or not.
 *
 * @param environment the process's.
 * @param cwd the folder in which rollcall was started.
 * @returns an absolute path.
 * @throws RollcallError `CONFIG_NOT_FOUND` when nothing is named and neither place has a file.
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
