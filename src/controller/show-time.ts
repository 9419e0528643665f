import type { Time } from '../model/status.js';

/** @param wall milliseconds since the epoch */
export function showTime(wall: number): Time {
  return new Date(wall).toISOString();
}
