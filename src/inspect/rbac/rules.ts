import type { Permission } from '../../kubernetes/permission.js';
import { compareText } from '../../model/order.js';

/** One rule of a Role, as Kubernetes has it (https://kubernetes.io/docs/reference/access-authn-authz/rbac/). */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent: all objects. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules of one namespace. */
export interface NamespaceRules {
  readonly namespace: string;
  readonly rules: readonly Rule[];
}

/**
 * The fewest rules that grant the permissions, by namespace, sorted. A verb on all objects of a resource is not repeated for some of them.
 *
 * @param fallback the namespace of permissions without one
 */
export function makeRules(permissions: readonly Permission[], fallback: string): readonly NamespaceRules[] {
  const namespaces = [...new Set(permissions.map(({ namespace = fallback }) => namespace))].sort(compareText);
  return namespaces.map((namespace) => ({
    namespace,
    rules: rulesOf(permissions.filter((each) => (each.namespace ?? fallback) === namespace)),
  }));
}

interface Grant {
  readonly group: string;
  readonly plural: string;
  /** Undefined: all objects. */
  readonly name: string | undefined;
  readonly verbs: Set<string>;
}

function rulesOf(permissions: readonly Permission[]): Rule[] {
  const grants = new Map<string, Grant>();
  for (const { resource, verbs, names = [undefined] } of permissions)
    for (const name of names) {
      const { group, plural } = resource;
      const id = JSON.stringify([group, plural, name ?? null]);
      const grant = grants.get(id) ?? { group, plural, name, verbs: new Set<string>() };
      grants.set(id, grant);
      for (const verb of verbs) grant.verbs.add(verb);
    }
  for (const { group, plural, name, verbs } of grants.values()) {
    const all = grants.get(JSON.stringify([group, plural, null]));
    if (name !== undefined) for (const verb of all?.verbs ?? []) verbs.delete(verb);
  }
  // Objects with the same verbs share a rule.
  const rules = new Map<string, Rule & { readonly resourceNames?: string[] }>();
  for (const { group, plural, name, verbs } of grants.values()) {
    if (verbs.size === 0) continue;
    const sorted = [...verbs].sort(compareText);
    const id = JSON.stringify([group, plural, sorted, name === undefined]);
    const rule = rules.get(id);
    if (rule) rule.resourceNames?.push(name ?? '');
    else
      rules.set(id, {
        ...{ apiGroups: [group], resources: [plural] },
        ...(name !== undefined && { resourceNames: [name] }),
        verbs: sorted,
      });
  }
  for (const { resourceNames } of rules.values()) resourceNames?.sort(compareText);
  return [...rules].sort(([a], [b]) => compareText(a, b)).map(([, rule]) => rule);
}
