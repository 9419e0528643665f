import type { IncomingMessage } from 'node:http';
import { DeadlineError } from '../../model/deadline.js';
import { compareDecimal } from '../../model/order.js';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';
import type { Calls } from '../calls/calls.js';
import { explainAnswer, explainBreak, type CallContext } from '../calls/explain.js';
import { keyOf } from '../calls/read-object.js';
import { statusOf } from '../calls/status.js';
import { invalidAnswer, KubeError } from '../failure.js';
import { describeQuery, queryPath, type ObjectQuery } from '../list.js';
import type { KubeObject } from '../resource.js';
import { readWatchLine, type WatchLine } from './event.js';
import { createLineSplitter } from './lines.js';

/** A change of one object. `key` is `NAMESPACE/NAME`, or `NAME` for a kind without namespaces. */
export type ObjectEvent =
  | { readonly type: 'put'; readonly key: string; readonly object: KubeObject }
  | { readonly type: 'delete'; readonly key: string };

export interface WatchRequest {
  readonly query: ObjectQuery;
  /** Everything up to this resource version is known. The watch delivers what follows it. */
  readonly resourceVersion: string;
  /** Seconds after which the API server is asked to end the watch. */
  readonly seconds: number;
  /** Milliseconds beyond `seconds` until a watch that has not ended counts as dead. */
  readonly grace: number;
}

/** The callbacks of a watch. None of them may throw. */
export interface WatchHandlers {
  /** The API server has accepted the watch. */
  opened(): void;
  /** At least one event, in the order of the store. `resourceVersion` is that of the last one. */
  events(events: readonly ObjectEvent[], resourceVersion: string): void;
  /** There were no other changes up to this resource version. */
  bookmark(resourceVersion: string): void;
}

/**
 * How a watch ended. `ended`: the API server ended it as asked; open the next one at once. `expired`: the API server no longer has what
 * follows the resource version, or its store went back in time; list again. `failed`: open the watch again from the last event.
 */
export type WatchEnd =
  | { readonly kind: 'aborted' | 'ended' }
  | { readonly kind: 'expired'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: RollcallError };

/** Follows a query over one stream until the stream ends. Never rejects. */
export type Watch = (request: WatchRequest, handlers: WatchHandlers, signal: AbortSignal) => Promise<WatchEnd>;

/** The most bytes of one event. The API server stores objects of up to 3 MiB. */
const MAX_LINE = 16 << 20;

/**
 * Creates a watch that cannot go deaf: the API server ends it after `seconds`, so a stream that is still open `grace` later is dead, whatever
 * stands between. A host that is gone is noticed sooner, by TCP.
 */
export function createWatch(calls: Calls, clock: Clock, server: () => string): Watch {
  return async (request, handlers, signal) => {
    const { query, resourceVersion, seconds } = request;
    const doing = `watch ${describeQuery(query)}`;
    const parameters = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(seconds) };
    let stream: IncomingMessage;
    try {
      stream = await calls.open({ doing, method: 'GET', path: queryPath(query, parameters) }, signal);
    } catch (thrown) {
      if (signal.aborted) return { kind: 'aborted' };
      return endOf({ doing, server: server() }, thrown);
    }
    handlers.opened();
    return follow(stream, request, { doing, server: server() }, handlers, { clock, signal });
  };
}

async function follow(
  stream: IncomingMessage,
  { query, resourceVersion, seconds, grace }: WatchRequest,
  context: CallContext,
  handlers: WatchHandlers,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<WatchEnd> {
  const over = new AbortController();
  const limit = seconds * 1000 + grace;
  const expected = { ...context, resource: query.resource, namespace: query.namespace };
  const lines = createLineSplitter(MAX_LINE);
  let known = resourceVersion;

  /** Delivers the lines of one chunk together, up to the one that ends the watch. Returns that end. @throws KubeError for a bad line */
  function take(chunk: Buffer): WatchEnd | undefined {
    const whole = lines.take(chunk);
    if (whole === undefined)
      throw invalidAnswer(context.doing, context.server, `sent an event of more than ${MAX_LINE >> 20} MiB`);
    const events: ObjectEvent[] = [];
    const before = known;
    try {
      for (const text of whole) {
        const line = readWatchLine(text, expected);
        if (line.type === 'error') return endOf(context, explainStatus(context, line.status));
        const end = compareVersions(known, line.resourceVersion);
        if (end !== undefined) return end;
        known = line.resourceVersion;
        if (line.type !== 'bookmark') events.push(eventOf(line));
      }
      return undefined;
    } finally {
      if (events.length > 0) handlers.events(events, known);
      else if (known !== before) handlers.bookmark(known);
    }
  }

  return new Promise((resolve) => {
    const finish = (end: WatchEnd): void => {
      if (over.signal.aborted) return;
      over.abort();
      signal.removeEventListener('abort', abort);
      resolve(end);
      // A stream that has ended keeps its connection for the next one.
      if (!stream.complete) stream.destroy();
    };
    const fail = (thrown: unknown): void => {
      finish(endOf(context, thrown));
    };
    const abort = (): void => {
      finish({ kind: 'aborted' });
    };
    stream.on('data', (chunk: Buffer) => {
      if (over.signal.aborted) return;
      try {
        const end = take(chunk);
        if (end !== undefined) finish(end);
      } catch (error) {
        fail(error);
      }
    });
    stream.on('error', fail);
    stream.on('end', () => {
      if (lines.isCut) fail(invalidAnswer(context.doing, context.server, 'ended the watch within an event'));
      else finish({ kind: 'ended' });
    });
    stream.on('close', () => {
      fail(new Error('the connection closed'));
    });
    void clock.sleep(limit, over.signal).then(() => {
      fail(new DeadlineError(limit));
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

function eventOf({ type, object }: Extract<WatchLine, { object: KubeObject }>): ObjectEvent {
  return type === 'put' ? { type, key: keyOf(object), object } : { type, key: keyOf(object) };
}

/** The order of resource versions is their order as numbers, for objects of one resource. Versions of another form are not compared. */
function compareVersions(known: string, next: string): WatchEnd | undefined {
  const areNumbers = [known, next].every((version) => /^\d+$/.test(version));
  if (!areNumbers || compareDecimal(next, known) >= 0) return undefined;
  return { kind: 'expired', why: `the store is at resource version ${next}, it was at ${known}` };
}

function explainStatus(context: CallContext, status: unknown): KubeError {
  const { code, retryAfterSeconds } = statusOf(status);
  const retryAfter = retryAfterSeconds === undefined ? undefined : String(retryAfterSeconds);
  return explainAnswer(context, { status: code === 0 ? 500 : code, retryAfter, body: JSON.stringify(status) });
}

function endOf(context: CallContext, thrown: unknown): WatchEnd {
  const error = thrown instanceof RollcallError ? thrown : explainBreak(context, thrown, { connected: true });
  if (error instanceof KubeError && error.traits.expired) return { kind: 'expired', why: error.message };
  return { kind: 'failed', error };
}
