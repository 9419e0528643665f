import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf, RollcallError } from '../../model/errors.js';
import { unreachable, type Place } from './place.js';

/** One request to a running process. */
export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request. */
  readonly signal?: AbortSignal;
  /** Milliseconds without an answer. Default: 10 s. */
  readonly timeout?: number;
}

/**
 * Asks a running process.
 *
 * @returns the JSON of its answer
 * @throws RollcallError `ADMIN_UNREACHABLE`, `ADMIN_REFUSED`, `TARGET_UNKNOWN`
 */
export async function ask(place: Place, question: Question): Promise<unknown> {
  const answer = await open(place, question);
  const text = await textOf(answer);
  return JSON.parse(text) as unknown;
}

/**
 * Opens an answer of a running process, for streams.
 *
 * @throws RollcallError as `ask`
 */
export async function open(place: Place, question: Question): Promise<IncomingMessage> {
  const answer = await send(place, question);
  const { statusCode = 0 } = answer;
  if (statusCode < 300) return answer;
  const said = await reasonIn(answer);
  switch (statusCode) {
    case 401:
    case 403:
      throw new RollcallError('ADMIN_REFUSED', `the running rollcall at ${place.name} refuses: ${said}`);
    case 404:
      throw new RollcallError('TARGET_UNKNOWN', `the running rollcall at ${place.name} does not know this target`);
    default:
      throw new RollcallError(
        'ADMIN_UNREACHABLE',
        `the running rollcall at ${place.name} answers ${statusCode}: ${said}`,
      );
  }
}

function send(place: Place, { method = 'GET', path, body, headers, signal, timeout = 10_000 }: Question) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = (place.secure ? requestHttps : requestHttp)({
    ...place.request,
    ...{ method, path },
    ...(signal && { signal }),
    headers: {
      // Of a socket, the host has no meaning; the server knows this one.
      ...(place.request.socketPath !== undefined && { host: 'localhost' }),
      ...(place.request.headers as object | undefined),
      ...headers,
      ...(text !== undefined && { 'content-type': 'application/json' }),
    },
  });
  return new Promise<IncomingMessage>((resolve, reject) => {
    const late = setTimeout(() => request.destroy(new Error(`no answer within ${timeout / 1000} s`)), timeout);
    request.once('response', (answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      reject(signal?.aborted ? error : explain(place, error));
    });
    request.end(text);
  });
}

function explain({ name }: Place, error: NodeJS.ErrnoException): RollcallError {
  switch (error.code) {
    case 'ENOENT':
      return unreachable(name, 'there is no such socket', error);
    case 'ECONNREFUSED':
      return unreachable(name, 'no process listens there', error);
    case 'EACCES':
    case 'EPERM':
      return new RollcallError('ADMIN_REFUSED', `this user may not use ${name}`, { cause: error });
    case undefined:
    default:
      return unreachable(name, messageOf(error), error);
  }
}

async function reasonIn(answer: IncomingMessage): Promise<string> {
  const text = await textOf(answer);
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text.slice(0, 200);
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) text += String(chunk);
  return text;
}
