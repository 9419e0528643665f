import { FILE_HEADERS_ONLY, formatPatch, structuredPatch, type StructuredPatchHunk } from 'diff';

/** One line of a unified diff, without its line break. */
export interface DiffLine {
  /** `file`: a line that names a text. `place`: `@@ … @@`. `note`: a line that is in neither text. */
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

/** One side of a diff. The remark follows the name, and patch(1) ignores it. `text` undefined: there is no such file. */
export interface Side {
  readonly name: string;
  readonly remark: string;
  readonly text: string | undefined;
}

/** Number of unchanged lines before and after a change. */
const context = 3;

/**
 * The most removed and added lines for which the library searches the shortest difference. The time grows with the square of
 * this number. With this limit the search takes about one second at most.
 */
const maxEditLength = 4000;

const signs: Readonly<Record<string, DiffLine['kind']>> = { ' ': 'same', '+': 'added', '-': 'removed', '\\': 'note' };

/**
 * The difference of two texts in the unified format of diff(1) (POSIX, "Diff -u or -U Output Format"), which patch(1) reads.
 * A missing text is `/dev/null`. When the texts differ in too many lines, the result is one change of all lines, after a note
 * that says so.
 */
export function unify(before: Side, after: Side): UnifiedDiff {
  const [left, right] = [before.text ?? '', after.text ?? ''];
  const patch = left === '' || right === '' ? undefined : compare(left, right);
  const isTooDifferent = left !== '' && right !== '' && patch === undefined;
  const hunks = patch ?? replaceAll(left, right);
  const body = hunks.flatMap(showHunk);
  const count = (kind: DiffLine['kind']): number => body.filter((line) => line.kind === kind).length;
  const note = 'Too different to show line by line: all old lines come first, then all new lines.';
  const notes: DiffLine[] = isTooDifferent ? [{ kind: 'note', text: note }] : [];
  return {
    lines: body.length > 0 ? [...notes, ...nameSides(before, after), ...body] : [],
    added: count('added'),
    removed: count('removed'),
  };
}

/** Undefined: the texts differ in too many lines. */
function compare(left: string, right: string): readonly StructuredPatchHunk[] | undefined {
  return structuredPatch('', '', left, right, '', '', { context, maxEditLength })?.hunks;
}

/** One hunk without a context: every line of the left text is removed, every line of the right text is added. */
function replaceAll(left: string, right: string): readonly StructuredPatchHunk[] {
  const [removed, added] = [signLines('-', left), signLines('+', right)];
  if (removed.lines.length + added.lines.length === 0) return [];
  return [
    {
      oldStart: 1,
      oldLines: removed.count,
      newStart: 1,
      newLines: added.count,
      lines: [...removed.lines, ...added.lines],
    },
  ];
}

function signLines(sign: string, text: string): { readonly lines: readonly string[]; readonly count: number } {
  if (text === '') return { lines: [], count: 0 };
  const lines = text.split('\n').map((line) => sign + line);
  const count = text.endsWith('\n') ? lines.length - 1 : lines.length;
  return { lines: [...lines.slice(0, count), ...(text.endsWith('\n') ? [] : ['\\ No newline at end of file'])], count };
}

function nameSides(before: Side, after: Side): DiffLine[] {
  const nameOf = ({ name, text }: Side): string => (text === undefined ? '/dev/null' : name);
  const remarkOf = ({ remark, text }: Side): string | undefined => (text === undefined ? undefined : `(${remark})`);
  const heads = formatPatch(
    {
      oldFileName: nameOf(before),
      oldHeader: remarkOf(before),
      newFileName: nameOf(after),
      newHeader: remarkOf(after),
      hunks: [],
    },
    FILE_HEADERS_ONLY,
  );
  return heads
    .trimEnd()
    .split('\n')
    .map((text) => ({ kind: 'file', text }));
}

function showHunk({ oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk): DiffLine[] {
  const place = `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
  return [
    { kind: 'place', text: place },
    ...lines.map((text): DiffLine => ({ kind: signs[text.charAt(0)] ?? 'note', text })),
  ];
}

/** The range of a hunk. An empty range has the number of the line before it. */
function range(start: number, size: number): string {
  if (size === 1) return String(start);
  return `${size === 0 ? start - 1 : start},${size}`;
}
