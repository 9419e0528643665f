import { expect } from 'vitest';
import { rollcall } from '../../support/command.js';
import { until } from '../../support/poll.js';
import type { ControlPlane } from './control-plane.js';

/** One rule of a Role. */
export interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly rules?: readonly Rule[];
}

const rbac = (namespace: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;

/**
 * Makes the objects that `rollcall rbac` prints for a config, and waits until the API server knows them.
 *
 * @param alter the rules that are granted. Default: those that were printed
 * @returns a token of the ServiceAccount, valid for ten minutes
 */
export async function grantPrinted(
  plane: ControlPlane,
  config: string,
  namespace: string,
  alter: (rules: readonly Rule[]) => readonly Rule[] = (rules) => rules,
): Promise<string> {
  const printed = await rollcall(['rbac', '-c', config, '-o', 'json']);
  expect(printed.code).toBe(0);
  const { items } = JSON.parse(printed.stdout) as { items: Manifest[] };
  for (const item of items) {
    const path =
      item.kind === 'ServiceAccount'
        ? `/api/v1/namespaces/${namespace}/serviceaccounts`
        : `${rbac(namespace)}/${item.kind === 'Role' ? 'roles' : 'rolebindings'}`;
    const object = { ...item, ...(item.rules && { rules: alter(item.rules) }) };
    expect((await plane.api('POST', path, object)).status).toBe(201);
  }
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/rollcall/token`;
  const { body } = await plane.api('POST', path, { spec: { expirationSeconds: 600 } });
  const { token } = (body as { status: { token: string } }).status;
  // The authorizer reads new roles from its cache a moment later.
  await until(() => isKnown(plane, namespace, token), { what: 'the roles' });
  return token;
}

async function isKnown(plane: ControlPlane, namespace: string, token: string): Promise<boolean> {
  const { body } = await plane.api('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
  const known = (body as { status?: { authenticated?: boolean } }).status?.authenticated === true;
  return known && (await plane.api('GET', `${rbac(namespace)}/rolebindings/rollcall`)).status === 200;
}
