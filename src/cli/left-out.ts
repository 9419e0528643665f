import type { Rejection } from '../model/format.js';
import type { Quarantine } from '../model/view.js';
import { printable } from './terminal/escape.js';

/** `web a1 (10.0.0.5:8080): why`. */
export function describeQuarantine({ service, instance, reason }: Quarantine): string {
  return `${service}${instance ? ` ${instance.id} (${instance.address}:${instance.port})` : ''}: ${reason}`;
}

/** As many as people read. */
const most = 20;

/** Says on standard error what is not in an output, and why. */
export function reportLeftOut(quarantined: readonly Quarantine[], rejected: readonly Rejection[]): void {
  const lines = [
    ...quarantined.map((one) => `left out: ${describeQuarantine(one)}`),
    ...rejected.map(({ key, code, reason }) => `rejected: ${JSON.stringify(key)}  ${code}: ${reason}`),
  ];
  for (const line of lines.slice(0, most)) process.stderr.write(`${printable(line)}\n`);
  if (lines.length > most) process.stderr.write(`and ${lines.length - most} more\n`);
}
