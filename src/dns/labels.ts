import { createHash } from 'node:crypto';

/** The most octets of a label (RFC 1035 section 2.3.4). */
export const longestLabel = 63;

/** The most characters of a name without its final dot: 255 octets on the wire (RFC 1035 section 2.3.4). */
export const longestName = 253;

/** Characters that tell apart the labels of different texts. */
const hashLength = 12;

/** Why the text is no label of a host name (RFC 1123 section 2.1) in lower case, or undefined. */
export function problemOfLabel(label: string, most = longestLabel): string | undefined {
  if (label === '') return 'it is empty';
  if (!/^[a-z0-9-]+$/.test(label)) return 'a label has letters, digits and hyphens only';
  if (label.startsWith('-') || label.endsWith('-')) return 'a label neither begins nor ends with a hyphen';
  return label.length > most ? `it is longer than ${most} characters` : undefined;
}

/** Why the text is no host name (RFC 1123) in lower case and without a final dot, or undefined. */
export function problemOfHostName(name: string): string | undefined {
  if (name.length > longestName) return `it is longer than ${longestName} characters`;
  for (const label of name.split('.')) {
    const problem = problemOfLabel(label);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * A label for any text: the text in lower case if that is a label. Otherwise its letters and digits, joined by hyphens, and a hash of the
 * text. The same text always has the same label.
 *
 * @param most characters, at least 20
 */
export function labelFor(text: string, most = longestLabel): string {
  const plain = text.toLowerCase();
  return problemOfLabel(plain, most) === undefined ? plain : distinctLabel(text, text, most);
}

/** A label that begins like `text` and ends with a hash of `identity`. */
export function distinctLabel(text: string, identity: string, most = longestLabel): string {
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, hashLength);
  const start = text
    .slice(0, 4 * longestLabel)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, most - hashLength - 1)
    .replace(/-$/, '');
  return `${start === '' ? 'x' : start}-${hash}`;
}

/** Whether the name is the domain or below it. Both are in lower case and without a final dot. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
