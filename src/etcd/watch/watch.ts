import { RollcallError } from '../../model/errors.js';
import type { Auth } from '../auth.js';
import type { Connections } from '../connections.js';
import { EtcdError, explain } from '../failure.js';
import { describeKeys } from '../protocol/keys.js';
import type { Client } from '../protocol/protocol.js';
import { leaveEndpoint } from '../unary.js';
import { followStream, type StreamParts, type WatchEnd, type WatchHandlers, type WatchRequest } from './stream.js';

/** Follows keys over one stream until the stream ends. Never rejects. */
export type Watch = (request: WatchRequest, handlers: WatchHandlers, signal: AbortSignal) => Promise<WatchEnd>;

export interface WatchParts extends StreamParts {
  readonly connections: Connections;
  readonly auth: Auth;
}

/** Watches with the current token. When etcd refuses the token, it logs in and opens the watch again at once. */
export function createWatch(parts: WatchParts): Watch {
  const { connections, auth } = parts;

  /** @returns `expired` if a new login may help. @param repeated whether this is the second attempt, after a new login */
  async function attempt(
    request: WatchRequest,
    handlers: WatchHandlers,
    signal: AbortSignal,
    repeated: boolean,
  ): Promise<WatchEnd | 'expired'> {
    const endpoint = connections.current;
    const doing = `watch ${describeKeys(request.keys)}`;
    let token: string | undefined;
    let client: Client | undefined;
    const stream = { confirmed: false };
    const heard: WatchHandlers = {
      ...handlers,
      created(...from) {
        stream.confirmed = true;
        handlers.created(...from);
      },
    };
    try {
      token = await auth.token();
      client = await connections.connect(endpoint, doing, signal);
      const end = await followStream(
        parts,
        { ...request, client, token, user: auth.user, doing, endpoint: endpoint.name },
        heard,
        signal,
      );
      if (end.kind !== 'failed') return end;
      throw end.error;
    } catch (thrown) {
      if (signal.aborted) return { kind: 'aborted' };
      if (thrown instanceof RollcallError && !(thrown instanceof EtcdError))
        return { kind: 'failed', error: thrown, endpoint: endpoint.name, silent: false };
      const error = explain(thrown, doing, endpoint.name, token, auth.user);
      // etcd 3.4 reports an unknown token as a denial, and a new role can lift a denial.
      const maybeStale = error.traits.needsLogin || (error.code === 'ETCD_DENIED' && !repeated);
      // A confirmed watch has moved on from `known`: only the caller can open it again.
      if (maybeStale && auth.expire(token) && !repeated && !stream.confirmed) return 'expired';
      if (error.code !== 'ETCD_DENIED' && error.code !== 'ETCD_LOGIN')
        leaveEndpoint(connections, endpoint, client, error);
      return { kind: 'failed', error, endpoint: endpoint.name, silent: error.traits.silent };
    }
  }

  return async (request, handlers, signal) => {
    for (let repeated = false; ; repeated = true) {
      const end = await attempt(request, handlers, signal, repeated);
      if (end !== 'expired') return end;
    }
  };
}
