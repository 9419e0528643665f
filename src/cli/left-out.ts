import type { Rejection } from '../model/format.js';
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
export function reportLeftOut(quarantined: readonly Quarantine[], rejected: readonly Rejection[]): void {
  const lines = [
    ...quarantined.map((one) => `left out: ${describeQuarantine(one)}`),
    ...rejected.map(({ key, code, reason }) => `rejected: ${JSON.stringify(key)}  ${code}: ${reason}`),
  ];
  for (const line of lines.slice(0, maxLines)) process.stderr.write(`${printable(line)}\n`);
  if (lines.length > maxLines) process.stderr.write(`and ${lines.length - maxLines} more\n`);
}
