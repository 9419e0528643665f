import { readFile } from 'node:fs/promises';
import { RollcallError } from '../../model/errors.js';
import { outputError } from './failure.js';

/** Ids of users and groups by name, from /etc/passwd and /etc/group. Each name is looked up once. */
export interface Identities {
  /** A number is already an id. @throws RollcallError `OUTPUT_UNWRITABLE` for a name that is not in the file */
  user(name: string | number | undefined): Promise<number | undefined>;
  group(name: string | number | undefined): Promise<number | undefined>;
}

export function createIdentities(): Identities {
  return { user: lookUp('user', '/etc/passwd'), group: lookUp('group', '/etc/group') };
}

/** Both files have one line for each name, with fields between colons: name first, id third (passwd(5), group(5)). */
function lookUp(kind: 'user' | 'group', file: string): Identities['user'] {
  const known = new Map<string, number>();
  return async (name) => {
    if (typeof name !== 'string') return name;
    const before = known.get(name);
    if (before !== undefined) return before;
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw outputError(error, `cannot look up ${kind} ${name}`);
    });
    const fields = text.split('\n').map((line) => line.split(':'));
    const id = fields.find((line) => line[0] === name)?.[2];
    if (id === undefined || !/^\d+$/.test(id))
      throw new RollcallError('OUTPUT_UNWRITABLE', `${kind} ${name} is not in ${file}`, {
        hint: `Nothing was changed. Create the ${kind}, or give its number.`,
      });
    known.set(name, Number(id));
    return Number(id);
  };
}
