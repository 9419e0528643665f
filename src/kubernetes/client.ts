import type { Clock, Random } from '../ports/runtime.js';
import { askAccess, type AccessQuestion } from './calls/access.js';
import { createCalls, type CallOptions } from './calls/calls.js';
import type { CallRequest } from './calls/attempt.js';
import { createConnections } from './calls/connections.js';
import { readObject } from './calls/read-object.js';
import { createCredentials } from './credentials/credentials.js';
import type { Environment } from './credentials/locate.js';
import { KubeError } from './failure.js';
import { listObjects, type ListOptions, type ObjectList, type ObjectQuery } from './list.js';
import { defaults, type KubernetesOptions } from './options.js';
import {
  apiVersionOf,
  collectionPath,
  objectPath,
  showName,
  type KubeObject,
  type ObjectMeta,
  type ObjectName,
  type Resource,
} from './resource.js';
import { createWatch, type Watch } from './watch/watch.js';

/** What a caller writes: `apiVersion` and `kind` come from the resource. */
export interface WrittenObject {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface WriteOptions {
  /** The API server checks the request and answers, but stores nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields over that other managers own. Default: such fields are a `KUBE_CONFLICT`, and nothing changes. */
  readonly force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** The patch may be sent again when its answer is lost: the caller knows that twice is as good as once. Default false. */
  readonly repeatable?: boolean;
  /** Of the object itself (default), or of a subresource: `status`, `scale`. */
  readonly subresource?: string;
}

/** Delete only this object, in this state. Without conditions, any object of this name is deleted. */
export interface DeleteOptions extends WriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * A client of the API server with the calls that rollcall needs (https://kubernetes.io/docs/reference/using-api/api-concepts/). Each
 * call has a deadline. `Calls.call` says when one is sent again; a write whose answer was lost is repeated only where the description
 * says so. All functions throw KubeError (`KUBE_*`), RollcallError `KUBE_CONFIG` or `KUBE_CREDENTIALS`, and the reason of a signal that aborts.
 */
export interface Kubernetes {
  /** The address of the API server; '' before the first call. */
  readonly server: string;
  /** Undefined when the object does not exist. */
  get(resource: Resource, name: ObjectName, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /** All objects of a query, at one resource version. */
  list(query: ObjectQuery, options?: ListOptions): Promise<ObjectList>;
  /** @throws KubeError `KUBE_CONFLICT` with the reason `AlreadyExists` when there is an object of this name */
  create(resource: Resource, object: WrittenObject, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces the object. @throws KubeError `KUBE_CONFLICT` when it has another `resourceVersion` than `metadata` names */
  replace(resource: Resource, object: WrittenObject, options?: WriteOptions): Promise<KubeObject>;
  /**
   * Makes the fields of the object as given, and removes fields that an earlier apply has set and this one does not
   * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). It is repeated when its answer is lost, unless `metadata` names a
   * `resourceVersion`.
   *
   * @throws KubeError `KUBE_CONFLICT`; with `traits.conflicts` when other managers own fields
   */
  apply(resource: Resource, object: WrittenObject, options?: ApplyOptions): Promise<KubeObject>;
  /** Merges the fields of `patch` into the object (RFC 7396): null removes a field. With `metadata.resourceVersion`, only into that version. */
  patch(resource: Resource, name: ObjectName, patch: object, options?: PatchOptions): Promise<KubeObject>;
  /**
   * Deletes an object, and in the background what it owns. Repeated when the answer is lost, if it names a `uid`: a new object of the same
   * name stays.
   *
   * @returns false when there was no such object
   * @throws KubeError `KUBE_CONFLICT` when the object is not the one of the conditions
   */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<boolean>;
  /** Whether the API server would allow it: its own answer (https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access). */
  allows(question: AccessQuestion, signal?: AbortSignal): Promise<boolean>;
  /** Follows a query over one stream, until the stream ends. */
  readonly watch: Watch;
  /** The namespace of the context in use, or of the pod. */
  namespace(): Promise<string>;
  /** Ends all connections. Calls in flight fail. */
  close(): void;
}

export interface KubernetesDeps {
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: Random;
}

/** Creates a client. It reads its configuration, and connects, at the first call. */
export function createKubernetes(options: KubernetesOptions, { env, clock, random }: KubernetesDeps): Kubernetes {
  const credentials = createCredentials(options, { env, clock });
  const connections = createConnections(clock);
  const callTimeout = options.callTimeout ?? defaults.callTimeout;
  const dialTimeout = options.dialTimeout ?? defaults.dialTimeout;
  const calls = createCalls({ credentials, connections, clock, random, callTimeout, dialTimeout });
  const manager = options.fieldManager ?? defaults.fieldManager;

  async function ask(
    resource: Resource,
    namespace: string | undefined,
    request: CallRequest,
    how: CallOptions & { readonly dryRun?: boolean | undefined },
  ): Promise<KubeObject> {
    const { answer, server } = await calls.call(request, how);
    return readObject(answer, { doing: request.doing, server, resource, namespace, isStored: how.dryRun !== true });
  }

  function write(
    verb: string,
    method: CallRequest['method'],
    resource: Resource,
    object: WrittenObject,
    how: {
      readonly path: string;
      readonly query?: Readonly<Record<string, string>>;
      readonly contentType?: string;
      readonly repeatable: boolean;
      readonly options: WriteOptions;
    },
  ): Promise<KubeObject> {
    const { options: given, path, query, contentType } = how;
    const request = {
      doing: describe(verb, resource, object.metadata),
      method,
      path: withQuery(path, { fieldManager: manager, ...query }, given),
      body: JSON.stringify({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }),
      ...(contentType !== undefined && { contentType }),
    };
    return ask(resource, object.metadata.namespace, request, { ...given, repeatable: how.repeatable });
  }

  return {
    get server() {
      return credentials.server;
    },
    async get(resource, name, signal) {
      const request = {
        doing: describe('get', resource, name),
        method: 'GET',
        path: objectPath(resource, name),
      } as const;
      try {
        return await ask(resource, name.namespace, request, { repeatable: true, signal });
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    list: (query, how = {}) => listObjects(calls, query, how),
    create(resource, object, how = {}) {
      objectPath(resource, object.metadata);
      const path = collectionPath(resource, object.metadata.namespace);
      return write('create', 'POST', resource, object, { path, repeatable: false, options: how });
    },
    replace(resource, object, how = {}) {
      const path = objectPath(resource, object.metadata);
      return write('replace', 'PUT', resource, object, { path, repeatable: false, options: how });
    },
    apply(resource, object, how = {}) {
      return write('apply', 'PATCH', resource, object, {
        path: objectPath(resource, object.metadata),
        query: { force: String(how.force ?? false) },
        contentType: 'application/apply-patch+yaml',
        repeatable: object.metadata.resourceVersion === undefined,
        options: how,
      });
    },
    patch(resource, name, patch, how = {}) {
      const { subresource, repeatable = false } = how;
      const path = `${objectPath(resource, name)}${subresource === undefined ? '' : `/${subresource}`}`;
      const request = {
        doing: describe('patch', resource, name),
        method: 'PATCH',
        path: withQuery(path, { fieldManager: manager }, how),
        body: JSON.stringify(patch),
        contentType: 'application/merge-patch+json',
      } as const;
      return ask(resource, name.namespace, request, { ...how, repeatable });
    },
    async delete(resource, name, how = {}) {
      const { uid, resourceVersion, signal } = how;
      const preconditions = {
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      };
      const request = {
        doing: describe('delete', resource, name),
        method: 'DELETE',
        path: withQuery(objectPath(resource, name), {}, how),
        body: JSON.stringify({
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          propagationPolicy: 'Background',
          preconditions,
        }),
      } as const;
      try {
        await calls.call(request, { repeatable: uid !== undefined, signal });
        return true;
      } catch (error) {
        if (isGone(error)) return false;
        throw error;
      }
    },
    allows: (question, signal) => askAccess(calls, question, signal),
    watch: createWatch(calls, clock, () => credentials.server),
    namespace: () => credentials.namespace(),
    close() {
      connections.close();
    },
  };
}

function describe(verb: string, { plural }: Resource, name: ObjectName): string {
  return `${verb} ${plural} ${showName(name)}`;
}

function withQuery(path: string, query: Readonly<Record<string, string>>, { dryRun = false }: WriteOptions): string {
  const search = new URLSearchParams({ ...query, ...(dryRun && { dryRun: 'All' }) }).toString();
  return search === '' ? path : `${path}?${search}`;
}

function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.traits.absent;
}
