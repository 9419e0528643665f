import { backoffDelay } from '../model/backoff.js';
import { RollcallError } from '../model/errors.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Auth } from './auth.js';
import type { Connections } from './connections.js';
import { callOnce } from './call.js';
import type { EtcdEndpoint } from './endpoint.js';
import { EtcdError, explain } from './failure.js';
import type { Client, Method, Methods } from './protocol/protocol.js';

export interface CallOptions {
  /** Begins the message of a failure: `list /services/`. Never contains a value. */
  readonly doing: string;
  /** The call is idempotent: it may be sent again when it is not known whether it arrived. */
  readonly repeatable: boolean;
  /** Milliseconds that one endpoint has to connect, and again to answer. Default: the connection's limits, which count too if they are less. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes one call, on the first endpoint that answers. @throws EtcdError, RollcallError */
export type Unary = <Q, A>(choose: (methods: Methods) => Method<Q, A>, request: Q, options: CallOptions) => Promise<A>;

export interface UnaryParts {
  readonly connections: Connections;
  /** Absent for the login itself, which needs no token. */
  readonly auth?: Auth;
  /** Milliseconds that one endpoint has to answer. */
  readonly callTimeout: number;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes calls with a deadline for each attempt. If an endpoint does not answer, the next one is tried: each endpoint once,
 * a single endpoint twice. A call that is not repeatable is sent again only if it is certain that it was never sent.
 * After the first refused token, it logs in and sends the call again at once. A call with a refused token was not carried out.
 */
export function createUnary(parts: UnaryParts): Unary {
  const { connections, auth, clock, random } = parts;
  return async (choose, request, options) => {
    const { signal, timeout = Infinity } = options;
    const callTimeout = Math.min(parts.callTimeout, timeout);
    const attempts = Math.max(2, connections.size);
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const endpoint = connections.current;
      const token = await auth?.token();
      let client: Client | undefined;
      try {
        client = await connections.connect(endpoint, options.doing, signal, timeout);
        const answer = await callOnce(client, choose, request, { token, callTimeout, clock, signal });
        connections.answered(endpoint);
        return answer;
      } catch (thrown) {
        if (thrown instanceof RollcallError && !(thrown instanceof EtcdError)) throw thrown;
        const failure = explain(thrown, options.doing, endpoint.name, token, auth?.user);
        const { traits } = failure;
        if (signal?.aborted === true) throw failure;
        if (traits.needsLogin && auth?.expire(token) === true && !renewed) {
          renewed = true;
          continue;
        }
        if (!traits.retryElsewhere) throw failure;
        leaveEndpoint(connections, endpoint, client, failure);
        if (attempt >= attempts || (traits.maybeSent && !options.repeatable)) throw failure;
        if (attempt >= connections.size)
          await clock.sleep(backoffDelay(attempt, { base: 100, cap: 1000 }, random()), signal);
      }
    }
  };
}

/** Switches to the next endpoint, and drops the connection of this one if it was silent. */
export function leaveEndpoint(
  connections: Connections,
  endpoint: EtcdEndpoint,
  client: Client | undefined,
  { traits }: EtcdError,
): void {
  if (traits.silent && client !== undefined) connections.discard(endpoint, client);
  connections.leave(endpoint);
}
