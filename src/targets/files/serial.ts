/** The serial of a zone, and the text before and after it as latin1, one character for each octet. */
interface SplitZone {
  readonly before: string;
  readonly serial: number;
  readonly after: string;
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

/**
 * The content to write in place of `found`: `found` itself when only the serial differs, otherwise `desired` with the next
 * serial.
 *
 * @param now seconds since the epoch
 */
export function numberContent(desired: Buffer, found: Buffer | undefined, now: number): Buffer {
  const next = findSerial(desired);
  if (next === undefined) return desired;
  const last = found && findSerial(found);
  if (found && last?.before === next.before && last.after === next.after) return found;
  return Buffer.from(`${next.before}${nextSerial(last?.serial, now)}${next.after}`, 'latin1');
}

/**
 * The next serial: the time, or one more than the last serial if the time is not after it. So a zone with another numbering
 * continues to rise, and a zone whose file was lost gets a serial above those of the secondaries. "After" has the meaning of
 * RFC 1982, modulo 2^32. 0 is skipped, because some tools read it as "no serial".
 */
export function nextSerial(last: number | undefined, now: number): number {
  const time = now >>> 0 || 1;
  if (last === undefined || isAfter(time, last)) return time;
  return (last + 1) >>> 0 || 1;
}

/** RFC 1982 section 3.2, for 32 bits. */
function isAfter(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead > 0 && ahead < 0x8000_0000;
}
