import { backoffDelay } from '../model/backoff.js';
import { RollcallError } from '../model/errors.js';
import type { Clock, Random } from '../ports.js';
import type { Auth } from './auth.js';
import type { Connections } from './connections.js';
import { callOnce } from './call.js';
import type { Endpoint } from './endpoint.js';
import { EtcdError, explain } from './failure.js';
import type { Client, Method, Methods } from './protocol/protocol.js';

export interface CallOptions {
  /** Begins the message of a failure: `list /services/`. Never holds a value. */
  readonly doing: string;
  /** Doing it twice is the same as doing it once, so it may be sent again when nobody knows whether it arrived. */
  readonly repeatable: boolean;
  /** Milliseconds that one endpoint has to connect, and then to answer, where that is less than usual. */
  readonly patience?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes one call, wherever it is answered. @throws EtcdError, RollcallError */
export type Unary = <Q, A>(choose: (methods: Methods) => Method<Q, A>, request: Q, options: CallOptions) => Promise<A>;

export interface UnaryParts {
  readonly connections: Connections;
  /** Absent: the call needs no token (it is the login itself). */
  readonly auth?: Auth;
  /** Milliseconds that one endpoint has to answer. */
  readonly callTimeout: number;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Calls with a deadline on every attempt. An endpoint that does not answer is left for the next; each is asked once,
 * a single one twice. A call that is not repeatable is sent again only when it certainly never left. A refused token
 * is renewed once.
 */
export function createUnary(parts: UnaryParts): Unary {
  const { connections, auth, clock, random } = parts;
  return async (choose, request, options) => {
    const { signal, patience = Infinity } = options;
    const callTimeout = Math.min(parts.callTimeout, patience);
    const attempts = Math.max(2, connections.size);
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const endpoint = connections.current;
      const token = await auth?.token();
      let client: Client | undefined;
      try {
        client = await connections.connect(endpoint, options.doing, signal, patience);
        return await callOnce(client, choose, request, { token, callTimeout, clock, signal });
      } catch (thrown) {
        if (thrown instanceof RollcallError && !(thrown instanceof EtcdError)) throw thrown;
        const failure = explain(thrown, options.doing, endpoint.name);
        const { bearing } = failure;
        if (signal?.aborted === true) throw failure;
        if (bearing.login && !renewed && auth?.expire(token) === true) {
          renewed = true;
          continue;
        }
        if (!bearing.elsewhere) throw failure;
        giveUp(connections, endpoint, client, failure);
        if (attempt >= attempts || (bearing.sent && !options.repeatable)) throw failure;
        if (attempt >= connections.size)
          await clock.sleep(backoffDelay(attempt, { base: 100, cap: 1000 }, random()), signal);
      }
    }
  };
}

/** Leaves an endpoint; its connection too, when it was silent. */
export function giveUp(
  connections: Connections,
  endpoint: Endpoint,
  client: Client | undefined,
  { bearing }: EtcdError,
): void {
  if (bearing.silent && client !== undefined) connections.discard(endpoint, client);
  connections.leave(endpoint);
}
