import { latestSerial, nextSerial } from '../../dns/serial.js';

/** The serial of a zone, and the text before and after it as latin1, one character for each octet. */
interface SplitZone {
  readonly before: string;
  readonly serial: number;
  readonly after: string;
}

/** A zone with its serial. */
export interface NumberedZone {
  readonly bytes: Buffer;
  readonly serial: number | undefined;
}

/**
 * Finds the one number that is followed by `; serial` on its line, as hand-written SOA records have it. Undefined when there is
 * none or more than one, or when it has more than 32 bits. Text in quotes and comments does not count, because a registration
 * may have chosen it.
 */
export function findSerial(content: Buffer): SplitZone | undefined {
  const text = content.toString('latin1');
  const [first, second] = text.matchAll(/(?<![^\s(])(\d{1,10})(?=[ \t]*;[ \t]*serial\b)(?<=^[^\n;"]*)/gim);
  if (first === undefined || second !== undefined) return undefined;
  const serial = Number(first[0]);
  if (serial > 0xffff_ffff) return undefined;
  return { before: text.slice(0, first.index), serial, after: text.slice(first.index + first[0].length) };
}

/** Whether two zones differ at most in their serials. */
export function isSameZone(a: Buffer, b: Buffer): boolean {
  const [one, other] = [findSerial(a), findSerial(b)];
  return one !== undefined && one.before === other?.before && one.after === other.after;
}

/**
 * The content to write in place of `found`: `desired` with a serial that is after those of `found` and of the server.
 *
 * @param served the serial that a server has for the zone, if it is known
 * @param now seconds since the epoch
 */
export function numberZone(
  desired: Buffer,
  found: Buffer | undefined,
  served: number | undefined,
  now: number,
): NumberedZone {
  const next = findSerial(desired);
  if (next === undefined) return { bytes: desired, serial: undefined };
  const last = found && findSerial(found);
  if (found && last && isSameZone(desired, found)) return { bytes: found, serial: last.serial };
  const serial = nextSerial(latestSerial(last?.serial, served), now);
  return { bytes: Buffer.from(`${next.before}${serial}${next.after}`, 'latin1'), serial };
}
