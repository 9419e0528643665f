import { DnsFormatError } from './format-error.js';

/** The most octets of a name on the wire (RFC 1035 section 2.3.4). */
const longestName = 255;

/**
 * A name as labels with their lengths (RFC 1035 section 3.1), without compression.
 *
 * @param name without a final dot; '' is the root. A backslash escapes as in a master file: `\.`, `\032`
 * @throws RangeError when a label is empty or has more than 63 octets
 */
export function encodeName(name: string): Buffer {
  const parts: Buffer[] = [];
  for (const label of name === '' ? [] : splitLabels(name)) {
    const octets = Buffer.from(
      label.replace(/\\(\d{3}|.)/gs, (_, code: string) =>
        code.length === 3 ? String.fromCharCode(Number(code) & 0xff) : code,
      ),
      'latin1',
    );
    if (octets.length === 0 || octets.length > 63)
      throw new RangeError(`${name} has a label that is empty or too long`);
    parts.push(Buffer.of(octets.length), octets);
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

/** The labels of a name, still escaped. */
export function splitLabels(name: string): string[] {
  return name.match(/(?:\\\d{3}|\\.|[^.\\])+/gs) ?? [];
}

/**
 * Reads a name that may be compressed (RFC 1035 section 4.1.4). A pointer leads to an earlier place, so the work is bounded.
 *
 * @returns the name in lower case, without a final dot, and the place after it
 * @throws DnsFormatError
 */
export function decodeName(message: Buffer, at: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let octets = 1;
  let end: number | undefined;
  let limit = at;
  for (let place = at; ;) {
    const length = message[place];
    if (length === undefined) throw new DnsFormatError('a name ends after the message');
    if (length === 0) return { name: labels.join('.'), end: end ?? place + 1 };
    if (length >= 0xc0) {
      const low = message[place + 1];
      if (low === undefined) throw new DnsFormatError('a name ends after the message');
      const target = ((length & 0x3f) << 8) | low;
      if (target >= limit) throw new DnsFormatError('a name points forward');
      end ??= place + 2;
      limit = target;
      place = target;
      continue;
    }
    octets += length + 1;
    if (length > 63 || octets > longestName) throw new DnsFormatError('a name is too long');
    const label = message.subarray(place + 1, place + 1 + length);
    if (label.length < length) throw new DnsFormatError('a name ends after the message');
    labels.push(showLabel(label));
    place += length + 1;
  }
}

/** DNS ignores the case of ASCII letters (RFC 4343). */
function showLabel(label: Buffer): string {
  return label
    .toString('latin1')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[^a-z0-9_*-]/g, (sign) => `\\${String(sign.charCodeAt(0)).padStart(3, '0')}`);
}
