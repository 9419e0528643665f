import { KubeError } from './failure.js';

/** A kind of objects, as the API server addresses it. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** In lower case: `configmaps`. */
  readonly plural: string;
  /** `ConfigMap` */
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where one object is. */
export interface ObjectName {
  /** Undefined for a kind without namespaces. */
  readonly namespace?: string;
  readonly name: string;
}

/** The metadata that rollcall uses. Absent maps and lists are undefined, as in the answer. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque. Equal versions of one object are equal texts. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** An object as JSON. Times are the texts of the API server: a Lease has microseconds, which a Date loses. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** `apiVersion` of the objects of a resource. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of all objects, or of those in one namespace. */
export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const { group, version, plural } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${segment(namespace)}/${plural}`;
}

/** The path of one object. @throws KubeError `KUBE_REFUSED` for a name that cannot stand in a path, or without a namespace that is needed */
export function objectPath(resource: Resource, { namespace, name }: ObjectName): string {
  if (resource.namespaced === (namespace === undefined))
    throw refused(`${resource.kind} ${JSON.stringify(name)} ${resource.namespaced ? 'needs a' : 'has no'} namespace`);
  return `${collectionPath(resource, namespace)}/${segment(name)}`;
}

/** For messages and as a key: `edge/upstreams`. */
export function showName({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The name as a segment of a path, by the rule of the API server (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names). */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name) || !name.isWellFormed())
    throw refused(`the name ${JSON.stringify(name)} is not allowed in a path`);
  return encodeURIComponent(name);
}

function refused(why: string): KubeError {
  return new KubeError('KUBE_REFUSED', why, { maybeSent: false });
}
