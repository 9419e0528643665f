import { invalidAnswer } from '../failure.js';
import type { Calls } from './calls.js';
import { isRecord } from './status.js';

/** One verb on one object, or on all of a namespace. */
export interface AccessQuestion {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly namespace: string;
  /** Undefined: all objects. */
  readonly name: string | undefined;
}

/**
 * Asks by a SelfSubjectAccessReview, which every user may create and which nothing stores.
 *
 * @throws KubeError as `Calls.call`
 */
export async function askAccess(
  calls: Calls,
  { verb, group, plural, namespace, name }: AccessQuestion,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const resourceAttributes = { verb, group, resource: plural, namespace, ...(name !== undefined && { name }) };
  const apiVersion = 'authorization.k8s.io/v1';
  const request = {
    doing: `ask whether ${verb} ${plural} is allowed`,
    method: 'POST',
    path: `/apis/${apiVersion}/selfsubjectaccessreviews`,
    body: JSON.stringify({ apiVersion, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }),
  } as const;
  const { answer, server } = await calls.call(request, { repeatable: true, signal });
  const status = isRecord(answer) ? answer.status : undefined;
  if (!isRecord(status) || typeof status.allowed !== 'boolean')
    throw invalidAnswer(request.doing, server, 'sent no decision');
  return status.allowed;
}
