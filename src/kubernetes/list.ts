import type { Calls } from './calls/calls.js';
import { readObject } from './calls/read-object.js';
import { isRecord } from './calls/status.js';
import { KubeError, invalidAnswer } from './failure.js';
import { collectionPath, type KubeObject, type Resource } from './resource.js';

/** The objects to read. */
export interface ObjectQuery {
  readonly resource: Resource;
  /** Default: all namespaces, or a kind without namespaces. */
  readonly namespace?: string;
  /** As for kubectl: `app=web,tier!=test`. */
  readonly labelSelector?: string;
  /** As for kubectl: `metadata.name=web`. */
  readonly fieldSelector?: string;
}

/** All objects that a query matches, at one resource version. */
export interface ObjectList {
  readonly resourceVersion: string;
  readonly objects: readonly KubeObject[];
}

export interface ListOptions {
  /** Objects per call. Default 500, as kubectl. */
  readonly pageSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How often a list starts again because its pages are gone, before it is read in one piece. */
const RESTARTS = 3;
/** The most bytes of the answers of one list. */
const MAX_LIST = 256 << 20;
/** Counted for each page, so that pages without end are noticed even when they are empty. */
const PAGE_OVERHEAD = 10_000;

/** `configmaps in edge`: the query in a message. */
export function describeQuery({ resource, namespace }: ObjectQuery): string {
  return namespace === undefined ? resource.plural : `${resource.plural} in ${namespace}`;
}

/** Path and query string. */
export function queryPath(
  { resource, namespace, labelSelector, fieldSelector }: ObjectQuery,
  parameters: Readonly<Record<string, string>>,
): string {
  const search = new URLSearchParams({
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...parameters,
  });
  return `${collectionPath(resource, namespace)}?${search.toString()}`;
}

/**
 * Lists objects page by page, all at the resource version of the first page
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks). The first page is read from the
 * store, not from a cache of the API server. When the version is compacted meanwhile, the list starts again; then it comes in one piece.
 * When an answer is too large, the pages become smaller.
 *
 * @throws as `Calls.call`
 */
export async function listObjects(calls: Calls, query: ObjectQuery, options: ListOptions): Promise<ObjectList> {
  let limit = options.pageSize ?? 500;
  for (let attempt = 0; ; attempt++) {
    try {
      return await listOnce(calls, query, attempt < RESTARTS ? limit : 0, options.signal);
    } catch (error) {
      if (!(error instanceof KubeError) || attempt > RESTARTS) throw error;
      if (error.traits.tooLarge && limit > 1) limit = Math.ceil(limit / 8);
      else if (!error.traits.expired) throw error;
    }
  }
}

async function listOnce(
  calls: Calls,
  query: ObjectQuery,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<ObjectList> {
  const doing = `list ${describeQuery(query)}`;
  const objects: KubeObject[] = [];
  let resourceVersion: string | undefined;
  let next = '';
  let size = 0;
  do {
    const page = { ...(limit > 0 && { limit: String(limit) }), ...(next !== '' && { continue: next }) };
    const request = { doing, method: 'GET', path: queryPath(query, page) } as const;
    const { answer, bytes, server } = await calls.call(request, { repeatable: true, signal });
    const wrong = (why: string): KubeError => invalidAnswer(doing, server, why);
    const { metadata, items } = answer;
    if (!isRecord(metadata) || typeof metadata.resourceVersion !== 'string')
      throw wrong('sent a list without a resource version');
    if (items !== undefined && items !== null && !Array.isArray(items))
      throw wrong('sent a list whose items are no list');
    resourceVersion ??= metadata.resourceVersion;
    if (metadata.resourceVersion !== resourceVersion) throw wrong('sent pages of different resource versions');
    const expected = { doing, server, resource: query.resource, namespace: query.namespace };
    const read = (items ?? []).map((item: unknown) => readObject(item, expected));
    const following = typeof metadata.continue === 'string' ? metadata.continue : '';
    // A page may be empty when a selector has left out all its objects, but the next page must be another one.
    if (following !== '' && following === next) throw wrong('sent the same page again');
    for (const object of read) objects.push(object);
    size += bytes + PAGE_OVERHEAD;
    if (size > MAX_LIST) throw wrong(`holds more than ${MAX_LIST >> 20} MiB of ${describeQuery(query)}`);
    next = following;
  } while (next !== '');
  return { resourceVersion, objects };
}
