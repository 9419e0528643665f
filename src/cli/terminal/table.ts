import { printable } from './escape.js';
import { fit, widthOf } from './width.js';

/** One column: its head, and the text of its cells. */
export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
  /** True: cut only when cutting every other column was not enough. */
  readonly kept?: true;
  /** Colours a cell. Its text is already printable and cut. */
  readonly paint?: (text: string, row: T) => string;
}

export interface TableOptions {
  /** Columns of the terminal. Absent: nothing is cut. */
  readonly width?: number | undefined;
  /** Colours a head. */
  readonly paintHead?: (text: string) => string;
}

const gap = 2;
/** Columns that a cut cell keeps: with fewer, a reader could not recognise its text. */
const leastWidth = 4;

/**
 * The lines of a table, without line breaks, the heads first. Columns are two spaces apart and as wide as their widest cell; lines do not
 * end with spaces. With `width`, the widest cells are cut (with an ellipsis) until every line fits. If that is not enough, the last columns
 * are left out. The text of cells comes from registrations and is not trusted: control characters are shown by their numbers.
 */
export function tableLines<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions = {}): string[] {
  const { width = Infinity, paintHead = (text: string): string => text } = options;
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))));
  const needed = columns.map(({ head }, i) =>
    cells.reduce((most, line) => Math.max(most, widthOf(line[i] ?? '')), widthOf(head)),
  );
  const widths = share(columns, needed, width);
  const lay = (line: readonly string[], paint: (text: string, column: number) => string): string => {
    const shown = line.slice(0, widths.length);
    const last = shown.findLastIndex((text) => text !== '');
    return shown
      .slice(0, last + 1)
      .map((text, i) => {
        const cut = fit(text, widths[i] ?? 0);
        return paint(cut, i) + (i < last ? ' '.repeat((widths[i] ?? 0) - widthOf(cut) + gap) : '');
      })
      .join('');
  };
  const heads = lay(
    columns.map(({ head }) => head),
    paintHead,
  );
  return [heads, ...rows.map((row, i) => lay(cells[i] ?? [], (text, c) => columns[c]?.paint?.(text, row) ?? text))];
}

/** The lines of a table as one text, which ends with a line break. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions = {}): string {
  return tableLines(columns, rows, options)
    .map((line) => `${line}\n`)
    .join('');
}

/** The width of each column; fewer numbers than columns when not all of them fit. */
function share(columns: readonly Column<never>[], needed: readonly number[], width: number): number[] {
  const widths = [...needed];
  const least = (i: number): number => Math.min(needed[i] ?? 0, leastWidth);
  const excess = (of: readonly number[]): number => sum(of) + gap * (of.length - 1) - width;
  while (widths.length > 1 && excess(widths.map((_, i) => least(i))) > 0) widths.pop();
  for (const may of [(i: number) => columns[i]?.kept !== true, () => true]) {
    while (excess(widths) > 0) {
      const [widest, next = 0] = widths
        .map((value, i) => (may(i) && value > least(i) ? value : 0))
        .toSorted((a, b) => b - a);
      if (!widest) break;
      const index = widths.findIndex((value, i) => value === widest && may(i));
      widths[index] = Math.max(least(index), Math.min(next, widest - 1), widest - excess(widths));
    }
  }
  // A single column may still be wider than the terminal.
  return widths.map((value) => Math.min(value, Math.max(width, 1)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
