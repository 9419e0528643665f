import { invalidAnswer } from '../failure.js';
import type { KubeObject, Resource } from '../resource.js';
import { apiVersionOf, showName } from '../resource.js';
import { isRecord } from './status.js';

/** Where an object came from, for the checks and for the messages. */
export interface Expected {
  readonly doing: string;
  readonly server: string;
  readonly resource: Resource;
  /** The namespace that was asked for; undefined for all. */
  readonly namespace: string | undefined;
  /** False for the answer to a dry run, which may have no uid and no resource version. Default true. */
  readonly isStored?: boolean;
}

/**
 * Reads an object of an answer. It is of the resource and in the namespace that was asked for.
 *
 * @param value of a list: without `apiVersion` and `kind`, which are added
 * @throws KubeError `KUBE_ANSWER`
 */
export function readObject(
  value: unknown,
  { doing, server, resource, namespace, isStored = true }: Expected,
): KubeObject {
  const wrong = (why: string): Error => invalidAnswer(doing, server, `sent ${why}`);
  const metadata = isRecord(value) ? value.metadata : undefined;
  if (!isRecord(value) || !isRecord(metadata) || typeof metadata.name !== 'string' || metadata.name === '')
    throw wrong('an object without a name');
  const { name, namespace: found } = metadata;
  const { kind = resource.kind, apiVersion = apiVersionOf(resource) } = value;
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource))
    throw wrong(`an object of kind ${String(kind)} in ${String(apiVersion)}, not a ${resource.kind}`);
  if (
    resource.namespaced
      ? typeof found !== 'string' || (namespace !== undefined && found !== namespace)
      : found !== undefined
  )
    throw wrong(`the ${resource.kind} ${name} of another namespace`);
  if (isStored && (typeof metadata.uid !== 'string' || typeof metadata.resourceVersion !== 'string'))
    throw wrong(`the ${resource.kind} ${name} without a uid or a resource version`);
  return { ...value, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } as KubeObject;
}

/** A key that no other object of the same resource has. */
export function keyOf(object: KubeObject): string {
  return showName(object.metadata);
}
