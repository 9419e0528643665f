import type { Time } from './status.js';

/** The time as a status shows it. @param wall milliseconds since the epoch */
export function showTime(wall: number): Time {
  // eslint-disable-next-line no-restricted-globals -- with an argument, it reads no clock
  return new Date(wall).toISOString();
}
