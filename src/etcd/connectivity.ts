import { once } from 'node:events';
import type { Clock } from '../ports/runtime.js';
import type { Client } from './protocol/protocol.js';

// Values of grpc's ConnectivityState: READY, TRANSIENT_FAILURE, SHUTDOWN. Loading grpc for its enum would make a start slower.
const connected: readonly number[] = [2];
const closed: readonly number[] = [4];
/** On a channel in one of these states a call does not hang. */
const decided: readonly number[] = [...connected, 3, ...closed];

/** Resolves when a channel that is not connected at the call becomes connected, or when the signal aborts. */
export async function untilReconnected(client: Client | undefined, signal: AbortSignal): Promise<void> {
  const isNew = client !== undefined && !connected.includes(client.getChannel().getConnectivityState(true));
  if (!isNew || !(await becomesReady(client, signal))) await aborted(signal);
}

/** False when the channel is closed or the signal aborts first. */
async function becomesReady(client: Client, signal: AbortSignal): Promise<boolean> {
  const channel = client.getChannel();
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (connected.includes(state)) return true;
    if (closed.includes(state) || signal.aborted) return false;
    await new Promise<void>((resolve) => {
      const stop = (): void => {
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      // Without a deadline there is no timer, which would keep the process alive. The callback is dropped at the next change.
      channel.watchConnectivityState(state, Infinity, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/**
 * True once the channel is connected or has failed to: a call on it then goes out, or fails at once with the reason.
 * False when it hangs in between for `patience` ms.
 */
export async function settled(client: Client, clock: Clock, patience: number, signal?: AbortSignal): Promise<boolean> {
  const deadline = clock.wall() + patience;
  const channel = client.getChannel();
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (decided.includes(state)) return true;
    if (signal?.aborted === true) return false;
    const changed = await new Promise<boolean>((resolve) => {
      const stop = (): void => {
        resolve(false);
      };
      signal?.addEventListener('abort', stop, { once: true });
      channel.watchConnectivityState(state, deadline, (error) => {
        signal?.removeEventListener('abort', stop);
        resolve(error === undefined);
      });
    });
    if (!changed) return false;
  }
}
