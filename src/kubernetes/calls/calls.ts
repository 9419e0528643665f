import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { backoffDelay } from '../../model/backoff.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Credentials } from '../credentials/credentials.js';
import type { Material } from '../credentials/material.js';
import { KubeError, invalidAnswer } from '../failure.js';
import { attemptCall, attemptStream, type AttemptParts, type CallRequest, type OpenStream } from './attempt.js';
import { explainAnswer, type BadAnswer } from './explain.js';
import { isRecord } from './status.js';

export interface CallOptions {
  /** The request may be sent again when it is not known whether the API server carried it out. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a call. */
export interface Answer {
  readonly answer: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  /** The address that sent it. */
  readonly server: string;
}

/** Calls with a deadline for each attempt. */
export interface Calls {
  /**
   * Makes one call, and returns the JSON object of its answer.
   *
   * It is sent again after a failure that passes (no connection, an overloaded or restarting server), at most three times, if it is certain that the
   * API server did not carry it out, or if it is repeatable. Credentials that the server refuses are read anew at once. For a second after
   * a new connection, and for ten after the last failed answer, a refusal of credentials or permissions counts as passing: a server that
   * has just started refuses rightful requests until it has read the roles.
   *
   * @throws KubeError; RollcallError `KUBE_CONFIG`, `KUBE_CREDENTIALS`; the reason of the signal when that aborts
   */
  call(request: CallRequest, options: CallOptions): Promise<Answer>;
  /**
   * Opens a watch, in the same way. The caller destroys the stream.
   *
   * @throws as `call`
   */
  open(request: CallRequest, signal: AbortSignal): Promise<IncomingMessage>;
}

export interface CallsParts extends AttemptParts {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
}

const RETRIES = 3;
const BACKOFF = { base: 100, cap: 1000 };
/** Milliseconds. A server that asks for a longer pause leaves it to the caller. */
const LONGEST_PAUSE = 10_000;
/**
 * Milliseconds after a new connection, and after the last call that failed because of the server, also behind a load balancer, whose
 * connections stay. A server that has just started refuses rightful requests for about 20 ms, and under load for some seconds.
 */
const FRESH = { connection: 1000, trouble: 10_000 };
const EARLY_PAUSE = { base: 50, cap: 400 };

export function createCalls(parts: CallsParts): Calls {
  const { credentials, connections, clock, random } = parts;
  let troubledAt = -Infinity;

  const isFresh = (): boolean => connections.youngest() < FRESH.connection || clock.now() - troubledAt < FRESH.trouble;

  /** Calls `send` until it succeeds or a retry cannot help. */
  async function persist<T extends object>(
    request: CallRequest,
    { repeatable, signal }: CallOptions,
    send: (material: Material) => Promise<T | BadAnswer>,
    isGood: (answer: T | BadAnswer) => boolean,
  ): Promise<{ answer: T; server: string }> {
    let renewed = false;
    let early = 0;
    /** Of any attempt: an earlier one, whose answer was lost, may have been carried out. */
    let maybeSent = false;
    for (let retries = 0; ;) {
      const material = await credentials.current();
      if (!repeatable) await dropClosed();
      const failure = await send(material).then(
        (answer) =>
          isGood(answer) ? { answer: answer as T } : explainAnswer(context(request, material), answer as BadAnswer),
        (error: unknown) => {
          if (error instanceof KubeError) return error;
          throw error;
        },
      );
      if (!(failure instanceof KubeError)) return { answer: failure.answer, server: material.server };
      const { traits } = failure;
      maybeSent ||= traits.maybeSent;
      if (traits.silent) connections.dropIdle();
      if (!renewed && (failure.code === 'KUBE_LOGIN' || failure.code === 'KUBE_TLS')) {
        renewed = true;
        if ((await credentials.renew(material)).stamp !== material.stamp) continue;
      }
      if ([401, 403].includes(traits.status) && isFresh()) {
        await pause(backoffDelay(++early, EARLY_PAUSE, 1), signal);
        continue;
      }
      if (traits.passing && traits.status !== 429) troubledAt = clock.now();
      const wait = traits.retryAfter ?? backoffDelay(retries + 1, BACKOFF, random());
      const isFinal = !traits.passing || traits.tooLarge || (traits.maybeSent && !repeatable);
      if (isFinal || retries === RETRIES || wait > LONGEST_PAUSE) throw maybeSent ? failure.asMaybeSent() : failure;
      retries += 1;
      await pause(wait, signal);
    }
  }

  async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await clock.sleep(ms, signal);
    signal?.throwIfAborted();
  }

  return {
    async call(request, options) {
      const { answer, server } = await persist(
        request,
        options,
        (material) => attemptCall(parts, material, request, options.signal),
        ({ status }) => status >= 200 && status < 300,
      );
      return { answer: parseAnswer(request, server, answer.body), bytes: answer.body.length, server };
    },
    async open(request, signal) {
      const { answer } = await persist<OpenStream>(
        request,
        { repeatable: true, signal },
        (material) => attemptStream(parts, material, request, signal),
        (opened) => 'stream' in opened,
      );
      return answer.stream;
    },
  };
}

/**
 * Waits until this process has read what its connections have received so far. A connection that the server has closed then leaves the
 * agent. On such a connection, a request fails in a way that leaves open whether it was carried out, so one that must not be repeated would
 * fail without need. The first turn may be the end of one that has read before.
 */
async function dropClosed(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

function context({ doing }: CallRequest, { server }: Material): { doing: string; server: string } {
  return { doing, server };
}

function parseAnswer({ doing }: CallRequest, server: string, body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw invalidAnswer(doing, server, 'sent an answer that is no JSON');
  }
  if (!isRecord(parsed)) throw invalidAnswer(doing, server, 'sent an answer that is no object');
  return parsed;
}
