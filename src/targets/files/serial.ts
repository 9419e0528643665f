/** A zone's serial and what is around it, octet for octet. */
interface Numbered {
  readonly before: string;
  readonly serial: number;
  readonly after: string;
}

/**
 * The one number that is followed by `; serial` on its line, as every hand-written SOA record has it. Undefined when there is none,
 * or more than one, or it has more than 32 bits. In quotes and comments it does not count: a registration may have chosen the words there.
 */
export function findSerial(content: Buffer): Numbered | undefined {
  const text = content.toString('latin1');
  const [first, second] = text.matchAll(/(?<![^\s(])(\d{1,10})(?=[ \t]*;[ \t]*serial\b)(?<=^[^\n;"]*)/gim);
  if (first === undefined || second !== undefined) return undefined;
  const serial = Number(first[0]);
  if (serial > 0xffff_ffff) return undefined;
  return { before: text.slice(0, first.index), serial, after: text.slice(first.index + first[0].length) };
}

/**
 * What is to be written where `found` lies: that itself when nothing but the serial differs, else `desired` with the next serial.
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
 * The time, or one more than the last serial where the time is not after it: zones that count otherwise go on counting, and one whose
 * file was lost goes on above what secondaries have. "After" as RFC 1982 has it, modulo 2^32; 0 is passed over, because some
 * tools take it for none.
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
