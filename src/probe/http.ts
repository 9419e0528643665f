import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../ports/runtime.js';
import { createCapture } from '../process/capture.js';
import { readBody } from './body.js';
import { attemptWithin, type Probe, type ProbeResult } from './probe.js';
import type { HttpQuestion } from './http-question.js';
import { hideSecrets } from './secrets.js';

/** Bytes of a body that are shown at most when the status is not the expected one. */
const SHOWN = 2048;

/**
 * A probe by one HTTP request on a connection of its own. It passes when the status is accepted and the body contains the expected text.
 * Of the body only the first MiB is read; a shorter body must end before the timeout. Redirects are not followed, so that no other host
 * answers for this one.
 */
export function createHttpProbe(question: HttpQuestion, clock: Clock): Probe {
  return { attempt: (timeout, signal) => attemptWithin(timeout, clock, signal, (limit) => ask(question, limit)) };
}

/** @throws when there is no answer. */
async function ask(question: HttpQuestion, signal: AbortSignal): Promise<ProbeResult> {
  const headers = await question.headers();
  if ('problem' in headers) return { kind: 'unanswered', finding: `was not sent: ${headers.problem}`, output: '' };
  const answer = await send(question, headers.values, signal);
  const { socket } = answer;
  try {
    return await readVerdict(question, headers.values, answer);
  } finally {
    // Node.js leaves the socket open after some answers (such as 101), and the server may go on sending.
    socket.destroy();
  }
}

/** @throws the error that ends the answer early. */
async function readVerdict(
  { url, accepts, expected, contains }: HttpQuestion,
  sent: Readonly<Record<string, string>>,
  answer: IncomingMessage,
): Promise<ProbeResult> {
  const capture = createCapture(SHOWN);
  const pieces: Buffer[] = [];
  await readBody(answer, (piece) => {
    if (expected !== undefined) capture.add(piece);
    if (contains !== undefined) pieces.push(piece);
  });
  const { statusCode = 0 } = answer;
  if (!accepts(statusCode)) {
    if (expected === undefined) return { kind: 'failed', finding: `answered ${statusCode}`, output: '' };
    const redirect = answer.headers.location === undefined ? '' : ' (redirects are not followed)';
    const secrets = [...url.searchParams.values(), ...Object.values(sent).flatMap((text) => text.split(/\s+/))];
    return {
      kind: 'failed',
      finding: `answered ${statusCode} instead of ${expected}${redirect}`,
      output: hideSecrets(capture.text(), secrets),
    };
  }
  if (contains !== undefined && !Buffer.concat(pieces).toString('utf8').includes(contains)) {
    const encoding = answer.headers['content-encoding'];
    const encoded = encoding === undefined ? '' : ` (encoded as ${encoding}, which was not asked for)`;
    const finding = `answered ${statusCode}, but its body${encoded} does not contain ${JSON.stringify(contains)}`;
    return { kind: 'failed', finding, output: '' };
  }
  return { kind: 'passed', finding: `answered ${statusCode}`, output: '' };
}

function send(
  { url, method, verify, proxy }: HttpQuestion,
  values: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method,
    signal,
    headers: {
      'user-agent': 'rollcall',
      accept: '*/*',
      // The body is searched and shown without decoding.
      'accept-encoding': 'identity',
      ...values,
      // With keep-alive, the server could close the connection during its reload, and the next request would fail.
      connection: 'close',
    },
    // With `false`, the request gets an agent of its own, which uses no proxy.
    ...(!proxy && { agent: false }),
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, verify ? options : { ...options, rejectUnauthorized: false }, resolve)
        : requestHttp(url, options, resolve);
    request.on('error', reject);
    request.end();
  });
}
