import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../ports.js';
import { createCapture } from '../process/capture.js';
import { readBody } from './body.js';
import { attemptWithin, type Probe, type ProbeResult } from './probe.js';
import type { HttpQuestion } from './http-question.js';
import { hideSecrets } from './secrets.js';

/** Bytes of a body that are shown at most when its status is not the wanted one. */
const SHOWN = 2048;

/**
 * Asks by one HTTP request on a connection of its own. It passes when the status is one that the question accepts and the body, of
 * which the first MiB is read, holds the text that it asks for. The body must end in time, or be longer. Redirects are not
 * followed, so that no other host answers for this one.
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
    // Node.js leaves it open after some answers (101, for one), and the server may go on sending.
    socket.destroy();
  }
}

/** @throws what cuts the answer off before its end. */
async function readVerdict(
  { url, accepts, wanted, contains }: HttpQuestion,
  sent: Readonly<Record<string, string>>,
  answer: IncomingMessage,
): Promise<ProbeResult> {
  const capture = createCapture(SHOWN);
  const pieces: Buffer[] = [];
  await readBody(answer, (piece) => {
    if (wanted !== undefined) capture.add(piece);
    if (contains !== undefined) pieces.push(piece);
  });
  const { statusCode = 0 } = answer;
  if (!accepts(statusCode)) {
    if (wanted === undefined) return { kind: 'failed', finding: `answered ${statusCode}`, output: '' };
    const redirect = answer.headers.location === undefined ? '' : ' (redirects are not followed)';
    const secrets = [...url.searchParams.values(), ...Object.values(sent).flatMap((text) => text.split(/\s+/))];
    return {
      kind: 'failed',
      finding: `answered ${statusCode} instead of ${wanted}${redirect}`,
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
      // The body is searched and shown as it comes.
      'accept-encoding': 'identity',
      ...values,
      // A kept connection that the server closes during its reload would fail the next request.
      connection: 'close',
    },
    // An agent of its own, which `false` asks for, knows of no proxy.
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
