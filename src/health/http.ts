import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { rootMessageOf } from '../model/errors.js';
import type { Clock } from '../ports.js';
import { within, type ProbeResult } from './probe.js';

/** Bytes of a body that are read at most; after these the connection is cut. */
const READ = 1_048_576;

/**
 * Asks by one GET on a connection of its own. Healthy is 200 to 399, as HAProxy and Kubernetes have it: a redirect is an
 * answer, and is not followed, so that no other host speaks for this one. The body must end in time as well, or be longer
 * than 1 MiB; nobody looks at it. Proxies that the environment names are not used.
 *
 * The certificate of an https service is not verified, as in the probes of Kubernetes: it bears the name that callers use,
 * seldom the address at which the service is asked beside it, and the request holds no secret.
 *
 * @param timeout milliseconds, for all of it.
 * @throws the reason of `signal` when that is aborted.
 */
export function askHttp(url: URL, timeout: number, clock: Clock, signal: AbortSignal): Promise<ProbeResult> {
  return within(
    timeout,
    clock,
    signal,
    async (late) => {
      const answer = await get(url, late);
      const { statusCode = 0 } = answer;
      await drain(answer);
      return { ok: statusCode >= 200 && statusCode < 400, why: `answered ${statusCode}` };
    },
    (error) => ({ ok: false, why: `failed: ${rootMessageOf(error)}` }),
  );
}

function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  // An agent of one's own, which `false` asks for, keeps no connection and knows of no proxy.
  const options = { agent: false, signal, headers: { 'user-agent': 'rollcall', accept: '*/*' } };
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: false }, resolve)
        : requestHttp(url, options, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

/** @throws what cuts the body off before its end. */
async function drain(answer: IncomingMessage): Promise<void> {
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    // Leaving the loop destroys the connection.
    if (size >= READ) return;
  }
}
