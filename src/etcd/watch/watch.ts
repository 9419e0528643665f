import type { EntryEvent } from '../../model/entry.js';
import { RollcallError } from '../../model/errors.js';
import type { KeySelector } from '../../model/key-prefix.js';
import type { Clock } from '../../ports.js';
import type { Auth } from '../auth.js';
import { createAssembly } from './reassemble.js';
import { textOf } from '../protocol/bytes.js';
import { callOnce, metadataOf } from '../call.js';
import type { Connections } from '../connections.js';
import { EtcdError, explain, nonsense, unanswered } from '../failure.js';
import { MOST_HELD } from '../held.js';
import { describeKeys, isWithin, rangeOf, type KeyRange } from '../protocol/keys.js';
import { watchOver, type LivenessTiming } from './liveness.js';
import type { WatchResponse } from '../protocol/messages.js';
import { methods, type Client, type WatchDuplex } from '../protocol/protocol.js';
import { momentOf, type StoreMoment } from '../protocol/translate.js';
import { giveUp } from '../unary.js';
import { ordersProgress } from './version.js';
import { wordsOf } from '../words.js';

export interface WatchRequest {
  readonly keys: KeySelector;
  /** The moment up to which everything is known. What follows it is delivered. */
  readonly known: StoreMoment;
  /** Revisions that the store may be ahead by; further behind, a list is faster. Default: any. */
  readonly maxLag?: number | undefined;
  readonly timing: LivenessTiming;
}

/** What a watch says on its way. None of them throws. */
export interface WatchHandlers {
  /** The server confirmed the watch, and it is the store that we know. */
  created(endpoint: string, raftTerm: string): void;
  /** Everything up to the server's present is delivered. Once. */
  caughtUp(endpoint: string): void;
  /** The events of whole revisions, in order, at least one, of keys of the prefix; `revision` is the last one's. */
  events(events: readonly EntryEvent[], revision: string): void;
  /** Nothing happened to the prefix up to this revision. Only from servers whose word on that is good. */
  progress(revision: string): void;
}

/**
 * How a watch ended. `restored`: the store went back in time or is another one. `compacted`: what follows `known` is
 * no longer there. `moved`: a new connection is to be used, open the watch again at once. `behind`: further than `maxLag`. `failed`: open it again from the last event.
 */
export type WatchEnd =
  | { readonly kind: 'aborted' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'compacted' | 'behind' | 'restored'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: RollcallError; readonly endpoint: string; readonly silent: boolean };

/** Follows one prefix over one stream until that ends. Never rejects. */
export type Watch = (request: WatchRequest, handlers: WatchHandlers, signal: AbortSignal) => Promise<WatchEnd>;

export interface WatchParts {
  readonly connections: Connections;
  readonly auth: Auth;
  readonly callTimeout: number;
  readonly clock: Clock;
}

export function createWatch(parts: WatchParts): Watch {
  const { connections, auth } = parts;
  return async (request, handlers, signal) => {
    const endpoint = connections.current;
    const doing = `watch ${describeKeys(request.keys)}`;
    let token: string | undefined;
    let client: Client | undefined;
    try {
      token = await auth.token();
      client = await connections.connect(endpoint, doing, signal);
      const end = await follow(parts, { ...request, client, token, doing, endpoint: endpoint.name }, handlers, signal);
      if (end.kind !== 'failed') return end;
      throw end.error;
    } catch (thrown) {
      if (signal.aborted) return { kind: 'aborted' };
      if (thrown instanceof RollcallError && !(thrown instanceof EtcdError))
        return { kind: 'failed', error: thrown, endpoint: endpoint.name, silent: false };
      const error = explain(thrown, doing, endpoint.name);
      // An expired token is called a denial by 3.4, and a denial can be mended by a new role.
      if (error.bearing.login || error.code === 'ETCD_DENIED') auth.expire(token);
      else giveUp(connections, endpoint, client, error);
      return { kind: 'failed', error, endpoint: endpoint.name, silent: error.bearing.silent };
    }
  };
}

interface Following extends WatchRequest {
  readonly client: Client;
  readonly token: string | undefined;
  readonly doing: string;
  readonly endpoint: string;
}

async function follow(
  { connections, clock, callTimeout }: WatchParts,
  { client, token, doing, endpoint, keys, known, maxLag, timing }: Following,
  handlers: WatchHandlers,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { path, requestSerialize, responseDeserialize } = methods.watch;
  const metadata = await metadataOf(token);
  // A stream that is cancelled before it was sent would keep its connection, and with it the process, for ten seconds.
  if (signal.aborted) return { kind: 'aborted' };
  const duplex: WatchDuplex = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  const over = new AbortController();
  let ordered = false;

  async function learnOrder(): Promise<void> {
    try {
      const { version } = await callOnce(
        client,
        (m) => m.status,
        {},
        { token, callTimeout, clock, signal: over.signal },
      );
      ordered = ordersProgress(version);
    } catch {
      // Not knowing is the cautious case: progress is then no news, and the stream's own failure is reported by it.
    }
  }

  return new Promise((resolve) => {
    const finish = (end: WatchEnd): void => {
      if (over.signal.aborted) return;
      over.abort();
      signal.removeEventListener('abort', abort);
      stay();
      duplex.cancel();
      resolve(end);
    };
    const fail = (error: EtcdError): void => {
      finish({ kind: 'failed', error, endpoint, silent: error.bearing.silent });
    };
    const abort = (): void => {
      finish({ kind: 'aborted' });
    };
    const ask = (): void => {
      duplex.write({ progress_request: {} });
    };
    const dead = (why: string): void => {
      fail(unanswered(doing, endpoint, why, true));
    };
    const stay = connections.onMove(() => {
      finish({ kind: 'moved' });
    });
    const range = rangeOf(keys);
    const assembly = createAssembly(known.revision);
    const liveness = watchOver(timing, { clock, ask, dead }, over.signal);
    let watchId: string | undefined;
    let present: bigint | undefined;
    let caughtUp = false;

    function take(message: WatchResponse): void {
      const stranger = strangeIn(message, watchId, range);
      if (stranger !== undefined) {
        fail(nonsense(doing, endpoint, stranger));
        return;
      }
      liveness.heard();
      // Cancelled comes first: a refused watch is created and cancelled in one message.
      if (message.canceled) {
        finish(endOf(message, doing, endpoint));
        return;
      }
      if (message.created) {
        const problem = strangerThan(known, momentOf(message), maxLag);
        if (problem !== undefined) {
          finish(problem);
          return;
        }
        watchId = message.watch_id;
        present = BigInt(message.header.revision);
        liveness.created();
        handlers.created(endpoint, message.header.raft_term);
        void learnOrder();
        if (present > assembly.last()) ask();
      }
      const told = assembly.take(message);
      if (told.kind === 'too-much') {
        finish({ kind: 'behind', why: `what the store is ahead by is more than ${MOST_HELD >> 20} MiB` });
        return;
      }
      if (told.kind === 'events') handlers.events(told.events, told.revision);
      else if (told.kind === 'progress' && ordered && assembly.advance(told.revision)) handlers.progress(told.revision);
      if (caughtUp || present === undefined || !(told.kind === 'progress' || assembly.last() >= present)) return;
      caughtUp = true;
      handlers.caughtUp(endpoint);
    }

    duplex.on('data', (message: WatchResponse) => {
      if (!over.signal.aborted) take(message);
    });
    duplex.on('error', (error) => {
      fail(explain(error, doing, endpoint));
    });
    duplex.on('end', () => {
      fail(unanswered(doing, endpoint, 'ended the watch', true));
    });
    signal.addEventListener('abort', abort, { once: true });
    duplex.write({
      create_request: {
        ...range,
        // One revision that is known already: to a watch of the future, servers from 3.5.22 on answer no progress
        // request until that future comes (etcd pull request 20229). The assembly leaves it out again.
        start_revision: known.revision,
        progress_notify: true,
        fragment: true,
      },
    });
  });
}

/**
 * What no server says on a stream of one watch, or undefined. Before the watch stands there is nothing to say; once it does,
 * everything is about it and its keys, but for the answer to a progress request, which is about no watch (-1).
 */
function strangeIn(message: WatchResponse, watchId: string | undefined, range: KeyRange): string | undefined {
  const { created, canceled, events, watch_id: id } = message;
  if (watchId === undefined) {
    if (!created && !canceled) return 'speaks of a watch that it has not confirmed';
  } else {
    if (created) return 'confirms a watch that was not asked for';
    if (id !== watchId && !(id === '-1' && events.length === 0))
      return `speaks of watch ${id}, which was not asked for`;
  }
  const stranger = events.find(({ kv }) => !isWithin(range, kv.key));
  return stranger && `tells of a key that was not asked for: ${JSON.stringify(textOf(stranger.kv.key))}`;
}

/** Undefined: it is the store that we know, and not too far ahead. */
function strangerThan(known: StoreMoment, now: StoreMoment, maxLag: number | undefined): WatchEnd | undefined {
  const ahead = BigInt(now.revision) - BigInt(known.revision);
  const restored = (why: string): WatchEnd => ({ kind: 'restored', why });
  if (now.clusterId !== known.clusterId) return restored(`the cluster is ${now.clusterId}, it was ${known.clusterId}`);
  if (ahead < 0n) return restored(`the store is at revision ${now.revision}, it was at ${known.revision}`);
  if (BigInt(now.raftTerm) < BigInt(known.raftTerm))
    return restored(`the raft term is ${now.raftTerm}, it was ${known.raftTerm}`);
  if (maxLag !== undefined && ahead > BigInt(maxLag))
    return { kind: 'behind', why: `the store is ${ahead} revisions ahead` };
  return undefined;
}

function endOf(message: WatchResponse, doing: string, endpoint: string): WatchEnd {
  if (message.compact_revision !== '0')
    return { kind: 'compacted', why: `etcd compacted its history up to revision ${message.compact_revision}` };
  const details = message.cancel_reason === '' ? 'it cancelled the watch without a reason' : message.cancel_reason;
  const error = explain({ details }, doing, endpoint);
  if (error.bearing.revisionGone) return { kind: 'compacted', why: wordsOf(details) };
  return { kind: 'failed', error, endpoint, silent: false };
}
