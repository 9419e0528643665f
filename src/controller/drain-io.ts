import { setImmediate as turn } from 'node:timers/promises';

/**
 * Resolves when what has arrived by now is read: the first turn of the event loop ends what is being read, the second reads
 * what lies in the sockets (https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick).
 */
export async function readWhatArrived(): Promise<void> {
  await turn();
  await turn();
}
