import { setImmediate as turn } from 'node:timers/promises';

/**
 * Resolves when all input that has arrived by now is read. The first turn of the event loop completes the running reads, the second one
 * reads what waits in the sockets (https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick).
 */
export async function drainIo(): Promise<void> {
  await turn();
  await turn();
}
