import { findEdits } from './myers.js';

/** One line of a unified diff, without its line break. */
export interface DiffLine {
  /** `file`: the two lines that name the texts. `place`: `@@ … @@`. `note`: no line of either text. */
  readonly kind: 'file' | 'place' | 'same' | 'added' | 'removed' | 'note';
  readonly text: string;
}

export interface UnifiedDiff {
  /** Empty when the texts are equal. */
  readonly lines: readonly DiffLine[];
  /** Numbers of lines. */
  readonly added: number;
  readonly removed: number;
}

/** One side: its name, and what stands behind it (a remark, which patch(1) passes over). `text` undefined: no such file. */
export interface Side {
  readonly name: string;
  readonly remark: string;
  readonly text: string | undefined;
}

/** Lines around a change that are shown with it. */
const context = 3;

/**
 * The difference of two texts in the unified format of diff(1) (POSIX, "Diff -u or -U Output Format"), as patch(1) takes it.
 * A text that is not there is `/dev/null`.
 */
export function unify(before: Side, after: Side): UnifiedDiff {
  const [left, right] = [splitLines(before.text ?? ''), splitLines(after.text ?? '')];
  const { removed, added } = findEdits(left, right);
  const body = hunksOf(removed, added).flatMap((hunk) => show(hunk, left, right));
  const count = (marks: Uint8Array) => marks.reduce((sum, mark) => sum + mark, 0);
  const head = [nameSide('---', before), nameSide('+++', after)];
  return { lines: body.length > 0 ? [...head, ...body] : [], added: count(added), removed: count(removed) };
}

/** With their line breaks: a last line without one is another line. */
function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function nameSide(mark: string, { name, remark, text }: Side): DiffLine {
  return { kind: 'file', text: text === undefined ? `${mark} /dev/null` : `${mark} ${quote(name)}\t(${remark})` };
}

/** As GNU diff writes names that could be read in two ways. */
function quote(name: string): string {
  // eslint-disable-next-line no-control-regex -- they are what it looks for
  if (!/[\u0000-\u001f\u007f"\\]/.test(name)) return name;
  const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;
  const bytes = [...Buffer.from(name)];
  return `"${bytes.map((byte) => (byte < 0x20 || byte >= 0x7f || byte === 0x22 || byte === 0x5c ? octal(byte) : String.fromCharCode(byte))).join('')}"`;
}

/** What both sides have between two places: `size` lines that stay, or lines that go and come. */
interface Run {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/** The changes, those together whose contexts touch. */
function hunksOf(removed: Uint8Array, added: Uint8Array): Run[][] {
  const hunks: Run[][] = [];
  let [a, b] = [0, 0];
  while (a < removed.length || b < added.length) {
    const run = { a, b };
    while (removed[a] === 1) a++;
    while (added[b] === 1) b++;
    if (a > run.a || b > run.b) {
      const change: Run = { ...run, aEnd: a, bEnd: b };
      const last = hunks.at(-1);
      if (last && change.a - (last.at(-1)?.aEnd ?? 0) <= 2 * context) last.push(change);
      else hunks.push([change]);
    } else {
      a++;
      b++;
    }
  }
  return hunks;
}

function show(changes: readonly Run[], left: readonly string[], right: readonly string[]): DiffLine[] {
  const [first, last] = [changes[0], changes.at(-1)];
  if (!first || !last) return [];
  const lead = Math.min(context, first.a);
  const tail = Math.min(context, left.length - last.aEnd);
  const place = `@@ -${range(first.a - lead, last.aEnd + tail)} +${range(first.b - lead, last.bEnd + tail)} @@`;
  const lines: DiffLine[] = [{ kind: 'place', text: place }];
  let at = first.a - lead;
  for (const { a, aEnd, b, bEnd } of changes) {
    for (const line of left.slice(at, a)) push(lines, 'same', ' ', line);
    for (const line of left.slice(a, aEnd)) push(lines, 'removed', '-', line);
    for (const line of right.slice(b, bEnd)) push(lines, 'added', '+', line);
    at = aEnd;
  }
  for (const line of left.slice(at, at + tail)) push(lines, 'same', ' ', line);
  return lines;
}

function push(lines: DiffLine[], kind: DiffLine['kind'], sign: string, line: string): void {
  const ended = line.endsWith('\n');
  lines.push({ kind, text: sign + (ended ? line.slice(0, -1) : line) });
  if (!ended) lines.push({ kind: 'note', text: '\\ No newline at end of file' });
}

/** An empty range names the line before it. */
function range(from: number, to: number): string {
  const size = to - from;
  if (size === 1) return String(from + 1);
  return `${size === 0 ? from : from + 1},${size}`;
}
