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
  const byToken = indexOf(candidates);
  for (const { line, above } of complaintsIn(words, texts))
    for (const text of [line, ...above]) {
      const found = namedIn(text, byToken);
      if (found.size > 0) return found;
    }
  return namedIn(words, byToken);
}

/** The most complaints that are looked at. A consumer names the first cause first. */
const mostComplaints = 20;

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
    if (complaints.length >= mostComplaints) break;
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

/** Words that stand for a service: its name, its host names, and its addresses with their ports, since services share addresses. */
function indexOf(candidates: readonly Service[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byToken = new Map<string, Set<string>>();
  for (const { name, instances } of candidates) {
    const addresses = instances.flatMap(({ address, host, port, family }) => [
      `${host}:${port}`,
      ...(family === 'name' ? [address] : []),
    ]);
    for (const token of [name, ...addresses]) byToken.set(token, (byToken.get(token) ?? new Set()).add(name));
  }
  return byToken;
}

function namedIn(text: string, byToken: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const words = text.split(/[^\w.:/@%+[\]-]+/).map((word) => word.replace(/^[.:]+|[.:]+$/g, ''));
  const tokens = words.flatMap((word) => [word, ...word.split(/[:/]/)]);
  return new Set(tokens.flatMap((token) => [...(byToken.get(token) ?? [])]));
}
