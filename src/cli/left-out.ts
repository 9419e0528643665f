import type { Rejection } from '../model/format.js';
import { countReasons, describeCounts, type LeftOut, type LeftOutInstance } from '../model/left-out.js';
import type { Quarantine } from '../model/view.js';
import { printable } from './terminal/escape.js';

/** Formats a quarantine: `web a1 (10.0.0.5:8080): reason`, or `web host name "a b": reason`. */
export function describeQuarantine({ service, instance, hostName, reason }: Quarantine): string {
  if (hostName !== undefined)
    return `${service} host name${hostName === '' ? '' : ` ${JSON.stringify(hostName)}`}: ${reason}`;
  return `${service}${instance ? ` ${instance.id} (${instance.address}:${instance.port})` : ''}: ${reason}`;
}

/** Lines that are printed at most. */
const maxLines = 20;

/** Prints to standard error what is not in an output, and why. */
export function reportLeftOut(
  quarantined: readonly Quarantine[],
  rejected: readonly Rejection[],
  counts: LeftOut['counts'],
): void {
  const lines = [
    ...quarantined.map((one) => `left out: ${describeQuarantine(one)}`),
    ...rejected.map(({ key, code, reason }) => `rejected: ${JSON.stringify(key)}  ${code}: ${reason}`),
  ];
  for (const line of lines.slice(0, maxLines)) process.stderr.write(`${printable(line)}\n`);
  if (lines.length > maxLines) process.stderr.write(`and ${lines.length - maxLines} more\n`);
  const others = describeCounts(counts);
  if (others !== '') process.stderr.write(`left out: ${others}\n`);
}

/** Counts instances by reason: `3 outside select, 2 critical`. '' when there are none. */
export function countLeftOut(leftOut: readonly LeftOutInstance[]): string {
  return describeCounts(countReasons(leftOut));
}

/** For JSON. */
export function listLeftOut(leftOut: readonly LeftOutInstance[]): object[] {
  return leftOut.map(({ instance: { service, source, id, key, address, port }, reason }) => ({
    ...{ service, source, id, key, address, port },
    reason,
  }));
}
