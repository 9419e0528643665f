import type { Service } from '../model/instance.js';

/** A text that the consumer read, and the last part of the path or name that it knows it by. */
export interface CheckedText {
  readonly name: string;
  readonly text: string;
}

/**
 * The services that a consumer's words about new outputs point at: those named in the lines that it complains about (`upstreams.conf:12`), or
 * in the heading above such a line; else those whose name or address is in the words themselves. It is a guess that saves runs of the check,
 * and nothing is decided by it alone.
 *
 * @param candidates services that may be the cause
 * @returns their names; none when the words point at no candidate
 */
export function suspectsIn(
  words: string,
  texts: readonly CheckedText[],
  candidates: readonly Service[],
): ReadonlySet<string> {
  for (const lines of complaintsIn(words, texts)) {
    const found = namedIn(lines.line, candidates);
    if (found.size > 0) return found;
    for (const heading of lines.above) {
      const owner = namedIn(heading, candidates);
      if (owner.size > 0) return owner;
    }
  }
  return namedIn(words, candidates);
}

/** The most lines above a line that are searched for the heading of its block. */
const mostLinesAbove = 2000;

interface Complaint {
  readonly line: string;
  /** The lines above it, the nearest first, up to the first that is indented less. */
  readonly above: readonly string[];
}

/** nginx: `in /etc/nginx/a.conf:12`. HAProxy: `[/etc/haproxy/a.cfg:12]`. BIND: `db.zone:12:`. */
function complaintsIn(words: string, texts: readonly CheckedText[]): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [, path = '', number = ''] of words.matchAll(/([^\s'"[\]():]+):(\d{1,9})\b/g)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const [checked] =
      texts.length === 1 && name.startsWith('.rollcall-') ? texts : texts.filter((text) => text.name === name);
    const lines = checked?.text.split('\n');
    const at = Number(number) - 1;
    const line = lines?.[at];
    if (lines === undefined || line === undefined) continue;
    complaints.push({ line, above: headingsOf(lines.slice(Math.max(0, at - mostLinesAbove), at), indentOf(line)) });
  }
  return complaints;
}

/** The lines of the enclosing blocks, the innermost first. */
function headingsOf(above: readonly string[], indent: number): string[] {
  const headings: string[] = [];
  let least = indent;
  for (const line of [...above].reverse()) {
    const here = indentOf(line);
    if (line.trim() === '' || here >= least) continue;
    headings.push(line);
    least = here;
  }
  return headings;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function namedIn(text: string, candidates: readonly Service[]): ReadonlySet<string> {
  const tokens = new Set(text.split(/[^\w.:/@%+-]+/).flatMap((token) => [token, ...token.split(/[:/]/)]));
  const isNamed = ({ name, instances }: Service): boolean =>
    tokens.has(name) ||
    instances.some(({ address, port }) => tokens.has(`${address}:${port}`) || isName(address, tokens));
  return new Set(candidates.filter(isNamed).map(({ name }) => name));
}

/** Many services share an IP address, so it counts with its port only. */
const isName = (address: string, tokens: ReadonlySet<string>): boolean => /[a-z]/.test(address) && tokens.has(address);
