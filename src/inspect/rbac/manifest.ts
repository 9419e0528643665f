import type { NamespaceRules } from './rules.js';

/** The account that the rules are for. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

const apiGroup = 'rbac.authorization.k8s.io';

/** The objects that grant the rules to a ServiceAccount: the account, then a Role and a RoleBinding in each namespace. */
export function makeManifest(rules: readonly NamespaceRules[], { name, namespace }: Account): readonly object[] {
  const subject = { kind: 'ServiceAccount', name, namespace };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...rules.flatMap((each) => {
      const metadata = { name, namespace: each.namespace };
      return [
        { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules: each.rules },
        {
          ...{ apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata },
          roleRef: { apiGroup, kind: 'Role', name },
          subjects: [subject],
        },
      ];
    }),
  ];
}
