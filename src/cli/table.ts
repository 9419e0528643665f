/** One column: its head, and what stands in it. */
export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
}

/**
 * Rows under heads, columns two spaces apart, as wide as their widest cell. With `width`, the last column is cut (with
 * an ellipsis) so that no line is longer. Control characters are shown by their numbers: what stands in a cell comes from
 * anybody who may register. Ends with a line break.
 */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width?: number): string {
  const cells = [
    columns.map(({ head }) => head),
    ...rows.map((row) => columns.map(({ cell }) => printable(cell(row)))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const last = columns.length - 1;
  return cells
    .map((line) =>
      line
        .map((text, i) => (i === last ? text : text.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) =>
      width !== undefined && line.length > width ? `${line.slice(0, Math.max(width - 1, 0))}…\n` : `${line}\n`,
    )
    .join('');
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
