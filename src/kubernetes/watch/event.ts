import { readObject, type Expected } from '../calls/read-object.js';
import { isRecord } from '../calls/status.js';
import { invalidAnswer } from '../failure.js';
import type { KubeObject } from '../resource.js';

/** One line of a watch (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes). */
export type WatchLine =
  | { readonly type: 'put' | 'delete'; readonly object: KubeObject; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  /** `status` is a Status object. */
  | { readonly type: 'error'; readonly status: unknown };

/** @throws KubeError `KUBE_ANSWER` */
export function readWatchLine(line: string, expected: Expected): WatchLine {
  const { doing, server } = expected;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw invalidAnswer(doing, server, 'sent a line that is no JSON');
  }
  if (!isRecord(parsed)) throw invalidAnswer(doing, server, 'sent a line that is no object');
  const { type, object } = parsed;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const read = readObject(object, expected);
      const resourceVersion = read.metadata.resourceVersion ?? '';
      return { type: type === 'DELETED' ? 'delete' : 'put', object: read, resourceVersion };
    }
    case 'BOOKMARK': {
      const metadata = isRecord(object) ? object.metadata : undefined;
      const resourceVersion = isRecord(metadata) ? metadata.resourceVersion : undefined;
      if (typeof resourceVersion !== 'string' || resourceVersion === '')
        throw invalidAnswer(doing, server, 'sent a bookmark without a resource version');
      return { type: 'bookmark', resourceVersion };
    }
    case 'ERROR':
      return { type: 'error', status: object };
    default:
      throw invalidAnswer(doing, server, 'sent an event of an unknown type');
  }
}
