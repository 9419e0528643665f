import { connect } from 'node:net';
import { rootMessageOf } from '../model/errors.js';
import type { Clock } from '../ports.js';
import { within, type ProbeResult } from './probe.js';

/**
 * Asks by one connection, which is ended at once without a word. Healthy is that it was accepted. Of a name with several
 * addresses, one that accepts is enough.
 *
 * @param host an IP literal without brackets, or a name.
 * @param timeout milliseconds.
 * @throws the reason of `signal` when that is aborted.
 */
export function askTcp(
  host: string,
  port: number,
  timeout: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return within(
    timeout,
    clock,
    signal,
    async (late) => {
      await open(host, port, late);
      return { ok: true, why: 'was accepted' };
    },
    (error) => ({ ok: false, why: `failed: ${rootMessageOf(error)}` }),
  );
}

function open(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const give = (): void => {
      socket.destroy(new Error('given up'));
    };
    signal.addEventListener('abort', give, { once: true });
    socket.on('close', () => {
      signal.removeEventListener('abort', give);
    });
    socket.on('error', reject);
    socket.once('connect', () => {
      resolve();
      socket.destroy();
    });
  });
}
