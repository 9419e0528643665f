import type { EntryEvent } from '../../model/entry.js';
import type { RollcallError } from '../../model/errors.js';
import type { KeySelector } from '../../model/key-prefix.js';
import type { Clock } from '../../ports/runtime.js';
import { createReassembler } from './reassemble.js';
import { textOf } from '../protocol/bytes.js';
import { callOnce, metadataOf } from '../call.js';
import type { Connections } from '../connections.js';
import { explain, invalidAnswer, noAnswer, type EtcdError, type EtcdUser } from '../failure.js';
import { MAX_BUFFERED_BYTES } from '../buffer-limit.js';
import { isWithin, rangeOf, type KeyRange } from '../protocol/keys.js';
import { monitorFragments } from './fragments.js';
import { monitorLiveness, type LivenessTiming } from './liveness.js';
import type { WatchResponseMessage } from '../protocol/messages.js';
import { methods, type Client, type WatchDuplex } from '../protocol/protocol.js';
import { momentOf, type StoreMoment } from '../protocol/translate.js';
import { ordersProgress } from './version.js';
import { printable } from '../../model/printable.js';

export interface WatchRequest {
  readonly keys: KeySelector;
  /** The moment up to which everything is known. The watch delivers what follows it. */
  readonly known: StoreMoment;
  /** How many revisions the store may be ahead; beyond that, a list is faster. Default: no limit. */
  readonly maxLag?: number | undefined;
  readonly timing: LivenessTiming;
}

/** The callbacks of a watch. None of them may throw. */
export interface WatchHandlers {
  /** The server confirmed the watch, and it is the known store. */
  created(endpoint: string, raftTerm: string): void;
  /** Everything up to the server's revision at the confirmation is delivered, and so is everything since a call of `lagging`. */
  caughtUp(endpoint: string): void;
  /** A part of a change arrived, and the rest did not within `LivenessTiming.silence`: the server may have more changes. */
  lagging(endpoint: string): void;
  /** The events of whole revisions, in order, at least one. `revision` is that of the last event. */
  events(events: readonly EntryEvent[], revision: string): void;
  /** There were no changes up to this revision. Called only for servers that `ordersProgress` trusts. */
  progress(revision: string): void;
}

/**
 * How a watch ended. `restored`: the store went back in time or is another one. `compacted`: etcd no longer has what
 * follows `known`. `behind`: the store is further ahead than `maxLag`, or by more than fits into memory. `moved`: there is a new
 * connection, open the watch on it at once. `failed`: open the watch again from the last event.
 */
export type WatchEnd =
  | { readonly kind: 'aborted' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'compacted' | 'behind' | 'restored'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: RollcallError; readonly endpoint: string; readonly silent: boolean };

export interface StreamOptions extends WatchRequest {
  readonly client: Client;
  readonly token: string | undefined;
  readonly user: EtcdUser | undefined;
  readonly doing: string;
  readonly endpoint: string;
}

export interface StreamParts {
  readonly connections: Pick<Connections, 'onMove'>;
  readonly callTimeout: number;
  readonly clock: Clock;
}

/** Opens one stream with one watch, and follows it until it ends. Never rejects. */
export async function followStream(
  { connections, clock, callTimeout }: StreamParts,
  { client, token, user, doing, endpoint, keys, known, maxLag, timing }: StreamOptions,
  handlers: WatchHandlers,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { path, requestSerialize, responseDeserialize } = methods.watch;
  const metadata = await metadataOf(token);
  // A stream that is cancelled before it is sent keeps its connection, and so the process, alive for ten seconds.
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
      // Without a version, progress answers are ignored, which is safe. A failure of the stream is reported by the stream.
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
      finish({ kind: 'failed', error, endpoint, silent: error.traits.silent });
    };
    const abort = (): void => {
      finish({ kind: 'aborted' });
    };
    const ask = (): void => {
      duplex.write({ progress_request: {} });
    };
    const dead = (why: string): void => {
      fail(noAnswer(doing, endpoint, why, true));
    };
    const stay = connections.onMove(() => {
      finish({ kind: 'moved' });
    });
    const range = rangeOf(keys);
    const reassembler = createReassembler(known.revision);
    const liveness = monitorLiveness(timing, { clock, ask, dead }, over.signal);
    let watchId: string | undefined;
    let present: bigint | undefined;
    let caughtUp = false;
    const fragments = monitorFragments(timing.silence, {
      clock,
      dead,
      lagging() {
        // A watch that has not caught up yet is not behind in another way.
        if (!caughtUp) return;
        caughtUp = false;
        handlers.lagging(endpoint);
      },
    });

    function take(message: WatchResponseMessage): void {
      const fault = findProtocolFault(message, watchId, range);
      if (fault !== undefined) {
        fail(invalidAnswer(doing, endpoint, fault));
        return;
      }
      liveness.heard();
      // Check `canceled` first: a refused watch is created and cancelled in one message.
      if (message.canceled) {
        finish(endOfCancelled(message, { doing, endpoint, token, user }));
        return;
      }
      if (message.created) {
        const end = compareStores(known, momentOf(message), maxLag);
        if (end !== undefined) {
          finish(end);
          return;
        }
        watchId = message.watch_id;
        present = BigInt(message.header.revision);
        liveness.created();
        handlers.created(endpoint, message.header.raft_term);
        void learnOrder();
        if (present > reassembler.last()) ask();
      }
      const result = reassembler.take(message);
      if (result.kind === 'too-much') {
        finish({ kind: 'behind', why: `the changes since the last event exceed ${MAX_BUFFERED_BYTES >> 20} MiB` });
        return;
      }
      fragments.look(reassembler.isCut());
      if (over.signal.aborted) return;
      if (result.kind === 'events') handlers.events(result.events, result.revision);
      else if (result.kind === 'progress' && ordered && reassembler.advance(result.revision))
        handlers.progress(result.revision);
      if (caughtUp || present === undefined || fragments.isLagging()) return;
      if (result.kind !== 'progress' && reassembler.last() < present) return;
      caughtUp = true;
      handlers.caughtUp(endpoint);
    }

    duplex.on('data', (message: WatchResponseMessage) => {
      if (!over.signal.aborted) take(message);
    });
    duplex.on('error', (error) => {
      fail(explain(error, doing, endpoint, token, user));
    });
    duplex.on('end', () => {
      fail(noAnswer(doing, endpoint, 'ended the watch', true));
    });
    signal.addEventListener('abort', abort, { once: true });
    duplex.write({
      create_request: {
        ...range,
        // Start at a revision that is already known. If a watch starts in the future, servers from 3.5.22 on answer no
        // progress request until then (etcd pull request 20229). The reassembler leaves the known revision out.
        start_revision: known.revision,
        progress_notify: true,
        fragment: true,
      },
    });
  });
}

/**
 * The first protocol fault of a message on a stream with one watch, or undefined. Before the confirmation, only the
 * confirmation or a cancellation is allowed. After it, every message must be about this watch and its keys; only the answer to
 * a progress request has watch id -1.
 */
function findProtocolFault(
  message: WatchResponseMessage,
  watchId: string | undefined,
  range: KeyRange,
): string | undefined {
  const { created, canceled, events, watch_id: id } = message;
  if (watchId === undefined) {
    if (!created && !canceled) return 'sent a message about a watch before it confirmed the watch';
  } else {
    if (created) return 'confirmed a watch that was not requested';
    if (id !== watchId && !(id === '-1' && events.length === 0))
      return `sent a message about watch ${id}, which was not requested`;
  }
  const stranger = events.find(({ kv }) => !isWithin(range, kv.key));
  return stranger && `sent an event of a key outside the requested range: ${JSON.stringify(textOf(stranger.kv.key))}`;
}

/** Undefined when it is the known store and not too far ahead. */
function compareStores(known: StoreMoment, now: StoreMoment, maxLag: number | undefined): WatchEnd | undefined {
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

function endOfCancelled(
  message: WatchResponseMessage,
  { doing, endpoint, token, user }: Pick<StreamOptions, 'doing' | 'endpoint' | 'token' | 'user'>,
): WatchEnd {
  if (message.compact_revision !== '0')
    return { kind: 'compacted', why: `etcd compacted its history up to revision ${message.compact_revision}` };
  const details = message.cancel_reason === '' ? 'it cancelled the watch and gave no reason' : message.cancel_reason;
  const error = explain({ details }, doing, endpoint, token, user);
  if (error.traits.revisionGone) return { kind: 'compacted', why: printable(details) };
  return { kind: 'failed', error, endpoint, silent: false };
}
