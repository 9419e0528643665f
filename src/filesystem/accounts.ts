import { readFile } from 'node:fs/promises';

export type AccountType = 'user' | 'group';

/** The files of local accounts (passwd(5), group(5)). Other databases of a machine, such as LDAP, are not asked. */
export const accountFiles: Readonly<Record<AccountType, string>> = { user: '/etc/passwd', group: '/etc/group' };

/**
 * The ids by name of all local users or groups.
 *
 * @throws the error of the file system
 */
export async function readAccounts(type: AccountType): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  // One line for each name, with fields between colons: name first, id third.
  for (const line of (await readFile(accountFiles[type], 'utf8')).split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (/^\d+$/.test(id) && !ids.has(name)) ids.set(name, Number(id));
  }
  return ids;
}
