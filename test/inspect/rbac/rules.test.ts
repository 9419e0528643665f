import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeRules } from '../../../src/inspect/rbac/rules.js';
import type { Permission } from '../../../src/kubernetes/permission.js';

const configMaps = { group: '', plural: 'configmaps' };
const deployments = { group: 'apps', plural: 'deployments' };

it('joins objects with the same verbs, and does not repeat for one object what is granted on all', () => {
  const permissions: Permission[] = [
    { resource: configMaps, namespace: 'edge', verbs: ['create'] },
    { resource: configMaps, namespace: 'edge', verbs: ['patch', 'get'], names: ['b'] },
    { resource: configMaps, namespace: 'edge', verbs: ['get', 'patch', 'create'], names: ['a'] },
    { resource: deployments, namespace: undefined, verbs: ['patch'], names: ['nginx'] },
    { resource: deployments, namespace: 'other', verbs: ['get'], names: ['nginx'] },
  ];
  expect(makeRules(permissions, 'other')).toEqual([
    {
      namespace: 'edge',
      rules: [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['a', 'b'], verbs: ['get', 'patch'] },
      ],
    },
    {
      namespace: 'other',
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['nginx'], verbs: ['get', 'patch'] }],
    },
  ]);
});

it('grants what is asked for, and nothing else', () => {
  const names = fc.constantFrom(...(['a', 'b', 'c'] as const));
  const permission = fc.record({
    resource: fc.constantFrom(configMaps, deployments),
    namespace: fc.constantFrom(undefined, 'edge', 'other'),
    verbs: fc.uniqueArray(fc.constantFrom(...(['get', 'list', 'patch'] as const)), { minLength: 1 }),
    names: fc.option(fc.uniqueArray(names, { minLength: 1 }), { nil: undefined }),
  });
  const verbs = ['get', 'list', 'patch'] as const;
  const all = [undefined, 'a', 'b', 'c'] as const;
  fc.assert(
    fc.property(fc.array(permission), (asked) => {
      const permissions = asked.map(({ names: some, ...rest }) => ({ ...rest, ...(some && { names: some }) }));
      const rules = makeRules(permissions, 'edge');
      for (const namespace of ['edge', 'other'])
        for (const resource of [configMaps, deployments])
          for (const verb of verbs)
            for (const name of all) {
              const wanted = asked.some(
                (each) =>
                  (each.namespace ?? 'edge') === namespace &&
                  each.resource === resource &&
                  each.verbs.includes(verb) &&
                  (each.names === undefined || (name !== undefined && each.names.includes(name))),
              );
              const granted = rules.some(
                (each) =>
                  each.namespace === namespace &&
                  each.rules.some(
                    (rule) =>
                      rule.resources.includes(resource.plural) &&
                      rule.apiGroups.includes(resource.group) &&
                      rule.verbs.includes(verb) &&
                      (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
                  ),
              );
              expect(granted).toBe(wanted);
            }
    }),
  );
});
