import type { LoadedConfig } from '../../config/load.js';
import type { ConfigProblem } from '../../config/problem.js';
import { accountFiles, readAccounts, type AccountType } from '../../filesystem/accounts.js';
import { messageOf } from '../../model/errors.js';

/** Makes a problem for each user and group of the config that this machine does not have. */
export async function checkAccounts({ config, kinds, locate }: LoadedConfig): Promise<ConfigProblem[]> {
  const needs = config.targets.flatMap((target, index) =>
    kinds
      .blocksOf(target)
      .flatMap(({ kind, options }) =>
        kind.accounts(options).map(({ type, name, at }) => ({ type, name, at: ['targets', index, kind.key, ...at] })),
      ),
  );
  const problems = (['user', 'group'] as const).map(async (type: AccountType) => {
    const ofType = needs.filter((need) => need.type === type);
    if (ofType.length === 0) return [];
    const file = accountFiles[type];
    try {
      const accounts = await readAccounts(type);
      return ofType
        .filter(({ name }) => !accounts.has(name))
        .map(({ at, name }) =>
          locate(at, `${type} ${name} is not in ${file}`, `Create the ${type}, or write its number.`),
        );
    } catch (error) {
      return ofType.map(({ at, name }) => locate(at, `${type} ${name} cannot be looked up: ${messageOf(error)}`));
    }
  });
  return (await Promise.all(problems)).flat();
}
