import { accountFiles, readAccounts, type AccountType } from '../../filesystem/accounts.js';
import { RollcallError } from '../../model/errors.js';
import { outputError } from './failure.js';

/** Ids of users and groups by name, from /etc/passwd and /etc/group. Each name is looked up once. */
export interface Identities {
  /** A number is already an id. @throws RollcallError `OUTPUT_UNWRITABLE` for a name that is not in the file */
  user(name: string | number | undefined): Promise<number | undefined>;
  group(name: string | number | undefined): Promise<number | undefined>;
}

export function createIdentities(): Identities {
  return { user: lookUp('user'), group: lookUp('group') };
}

function lookUp(type: AccountType): Identities['user'] {
  const known = new Map<string, number>();
  return async (name) => {
    if (typeof name !== 'string') return name;
    const before = known.get(name);
    if (before !== undefined) return before;
    const accounts = await readAccounts(type).catch((error: unknown) => {
      throw outputError(error, `cannot look up ${type} ${name}`);
    });
    const id = accounts.get(name);
    if (id === undefined)
      throw new RollcallError('OUTPUT_UNWRITABLE', `${type} ${name} is not in ${accountFiles[type]}`, {
        hint: `Nothing was changed. Create the ${type}, or give its number.`,
      });
    known.set(name, id);
    return id;
  };
}
