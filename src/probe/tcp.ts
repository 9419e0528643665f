import { connect } from 'node:net';
import type { Clock } from '../ports/runtime.js';
import { attemptWithin, type Probe } from './probe.js';

/**
 * A probe by one TCP connection, which is closed at once without sending data. It passes when the connection is accepted. If a name has
 * several addresses, one of them is enough.
 *
 * @param host an IP literal without brackets, or a name.
 */
export function createTcpProbe(host: string, port: number, clock: Clock): Probe {
  return {
    attempt: (timeout, signal) =>
      attemptWithin(timeout, clock, signal, async (limit) => {
        await open(host, port, limit);
        return { kind: 'passed', finding: 'was accepted', output: '' };
      }),
  };
}

function open(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const abort = (): void => {
      socket.destroy(new Error('aborted'));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.on('close', () => {
      signal.removeEventListener('abort', abort);
    });
    socket.on('error', reject);
    socket.once('connect', () => {
      resolve();
      socket.destroy();
    });
  });
}
