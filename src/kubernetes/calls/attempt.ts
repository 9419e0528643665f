import type { IncomingMessage } from 'node:http';
import { DeadlineError, withDeadline } from '../../model/deadline.js';
import type { Clock } from '../../ports/runtime.js';
import type { Material } from '../credentials/material.js';
import { invalidAnswer } from '../failure.js';
import { readBody, type Connections } from './connections.js';
import { explainBreak, type BadAnswer } from './explain.js';

/** One request to the API server. */
export interface CallRequest {
  /** Begins the message of a failure: `apply configmaps edge/upstreams`. It never contains a value. */
  readonly doing: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, from the root of the API. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** Default `application/json`. */
  readonly contentType?: string;
}

export interface AttemptParts {
  readonly connections: Connections;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly callTimeout: number;
  readonly dialTimeout: number;
}

/** The most bytes of one answer: 64 MiB. A list asks for smaller pages when it is exceeded. */
const MAX_ANSWER_BYTES = 64 << 20;

/**
 * Sends a request once, and reads the answer to its end.
 *
 * @throws KubeError without a whole answer in time; the reason of the signal when that aborts
 */
export async function attemptCall(
  parts: AttemptParts,
  material: Material,
  request: CallRequest,
  signal: AbortSignal | undefined,
): Promise<BadAnswer> {
  return within(parts, material, request, signal, async (limit, facts) => {
    const answer = await begin(parts, material, request, { isWatch: false, facts }, limit);
    const body = await readBody(answer, MAX_ANSWER_BYTES);
    if (body === undefined)
      throw invalidAnswer(request.doing, material.server, `sent more than ${MAX_ANSWER_BYTES >> 20} MiB`, {
        tooLarge: true,
      });
    return answerOf(answer, body);
  });
}

/** The open answer to a watch. */
export interface OpenStream {
  readonly stream: IncomingMessage;
}

/**
 * Sends a request once, and returns the answer while its body still comes. The caller destroys the stream. An answer that is not 200 is
 * read to its end.
 *
 * @throws as `attemptCall`, until the first byte of the body
 */
export async function attemptStream(
  parts: AttemptParts,
  material: Material,
  request: CallRequest,
  signal: AbortSignal | undefined,
): Promise<OpenStream | BadAnswer> {
  // The deadline is that of the head. The body comes for minutes.
  const body = new AbortController();
  return within(parts, material, request, signal, async (limit, facts) => {
    const abort = (): void => {
      body.abort(limit.reason);
    };
    limit.addEventListener('abort', abort, { once: true });
    try {
      const answer = await begin(parts, material, request, { isWatch: true, facts }, body.signal);
      if (answer.statusCode === 200) return { stream: answer };
      return answerOf(answer, (await readBody(answer, MAX_ANSWER_BYTES)) ?? '');
    } finally {
      limit.removeEventListener('abort', abort);
    }
  });
}

interface Facts {
  connected: boolean;
}

async function within<T>(
  { clock, callTimeout }: AttemptParts,
  { server }: Material,
  { doing }: CallRequest,
  signal: AbortSignal | undefined,
  work: (limit: AbortSignal, facts: Facts) => Promise<T>,
): Promise<T> {
  const facts: Facts = { connected: false };
  try {
    return await withDeadline({ timeout: callTimeout, clock, signals: [signal] }, (limit) => work(limit, facts));
  } catch (error) {
    signal?.throwIfAborted();
    throw explainBreak({ doing, server }, error, facts);
  }
}

function begin(
  { connections, clock, dialTimeout }: AttemptParts,
  material: Material,
  { method, path, body, contentType = 'application/json' }: CallRequest,
  { isWatch, facts }: { readonly isWatch: boolean; readonly facts: Facts },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      'user-agent': 'rollcall',
      accept: 'application/json',
      ...material.headers,
      ...(body !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    };
    const dialed = new AbortController();
    const request = connections.send(
      material,
      { method, path, headers, signal },
      {
        isWatch,
        connecting() {
          void clock.sleep(dialTimeout, dialed.signal).then(() => {
            if (!dialed.signal.aborted) request.destroy(new DeadlineError(dialTimeout));
          });
        },
        connected() {
          facts.connected = true;
          dialed.abort();
        },
      },
    );
    request.once('response', resolve);
    request.on('error', reject);
    request.once('close', () => {
      dialed.abort();
      // After some answers, such as 101, Node.js ends the connection and says nothing else.
      reject(new Error('it closed the connection without an answer'));
    });
    request.end(body);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: string): BadAnswer {
  return { status: statusCode, retryAfter: headers['retry-after'], body };
}
