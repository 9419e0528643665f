import { findConfig } from '../../../config/find.js';
import { loadConfig } from '../../../config/load.js';
import { makeManifest } from '../../../inspect/rbac/manifest.js';
import { rulesOfConfig } from '../../../inspect/rbac/rbac.js';
import type { NamespaceRules, Rule } from '../../../inspect/rbac/rules.js';
import { coloursOf } from '../../terminal/color.js';
import { table } from '../../terminal/table.js';

export interface RbacOptions {
  readonly config?: string;
  readonly output: 'table' | 'json' | 'yaml';
  readonly serviceAccount: string;
  readonly namespace?: string;
}

/** Prints the rights that a config needs: as a table, or as objects for `kubectl apply`. Without any, it says so and prints nothing. */
export async function rbac({ config: named, output, serviceAccount, namespace }: RbacOptions): Promise<number> {
  const loaded = await loadConfig(await findConfig(named, process.env, process.cwd()));
  const account = { name: serviceAccount, namespace: namespace ?? loaded.config.kubernetes.namespace ?? 'default' };
  const rules = rulesOfConfig(loaded, account.namespace);
  if (rules.length === 0) {
    process.stderr.write('rollcall: the config needs no rights in a cluster\n');
    return 0;
  }
  switch (output) {
    case 'table':
      process.stdout.write(table(columns, rowsOf(rules), { paintHead: coloursOf(process.stdout).strong }));
      break;
    case 'json': {
      const list = { apiVersion: 'v1', kind: 'List', items: makeManifest(rules, account) };
      process.stdout.write(`${JSON.stringify(list, undefined, 2)}\n`);
      break;
    }
    case 'yaml': {
      const { stringify } = await import('yaml');
      const texts = makeManifest(rules, account).map((object) => stringify(object, { aliasDuplicateObjects: false }));
      process.stdout.write(texts.join('---\n'));
    }
  }
  return 0;
}

interface Row extends Rule {
  readonly namespace: string;
}

const rowsOf = (rules: readonly NamespaceRules[]): Row[] =>
  rules.flatMap(({ namespace, rules: each }) => each.map((rule) => ({ namespace, ...rule })));

const columns = [
  { head: 'NAMESPACE', cell: ({ namespace }: Row) => namespace },
  {
    head: 'RESOURCE',
    cell: ({ apiGroups, resources }: Row) => [...resources, ...apiGroups].filter((part) => part !== '').join('.'),
  },
  { head: 'VERBS', cell: ({ verbs }: Row) => verbs.join(',') },
  { head: 'NAMES', cell: ({ resourceNames }: Row) => resourceNames?.join(',') ?? 'all' },
];
