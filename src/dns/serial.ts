/**
 * The next serial of a zone: the time, or one more than the last serial if the time is not after it. So a zone with another numbering
 * continues to rise, and a zone whose file was lost gets a serial above those of the secondaries. "After" has the meaning of
 * RFC 1982, modulo 2^32. 0 is skipped, because some tools read it as "no serial".
 *
 * @param now seconds since the epoch
 */
export function nextSerial(last: number | undefined, now: number): number {
  const time = now >>> 0 || 1;
  if (last === undefined || isAfter(time, last)) return time;
  return (last + 1) >>> 0 || 1;
}

/** The one that is after the other (RFC 1982). Undefined when neither is known. */
export function latestSerial(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isAfter(b, a) ? b : a;
}

/** RFC 1982 section 3.2, for 32 bits. */
function isAfter(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead > 0 && ahead < 0x8000_0000;
}
