import type { Instance } from '../model/instance.js';

/** What makes two registrations of one service the same member: the address and port at which clients reach it. */
export function memberOf({ host, port }: Instance): string {
  return `${host}:${port}`;
}
