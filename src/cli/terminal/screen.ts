import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './width.js';

/** Lines at the end of a terminal's output that are redrawn in place. */
export interface Screen {
  /** How many lines fit, and how many columns each of them has. */
  size(): { readonly rows: number; readonly columns: number };
  /** Replaces the lines of the last call. Takes no more lines than `size` says. */
  draw(lines: readonly string[]): void;
  /** Keeps the lines of the last call. The next lines are drawn below them. */
  leave(): void;
}

interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** Changes neither the cursor nor a mode of the terminal, so the terminal stays usable however this process ends. */
export function createScreen(terminal: Terminal): Screen {
  let shown: readonly string[] = [];
  const size = (): { rows: number; columns: number } => ({
    // A terminal that does not know its size reports 0. The cursor needs one line.
    rows: (terminal.rows || 24) - 1,
    columns: terminal.columns || 80,
  });
  return {
    size,
    draw(lines) {
      const { columns, rows } = size();
      // A terminal that has become narrower has wrapped the lines.
      const height = shown.reduce((sum, line) => sum + heightOf(line, columns), 0);
      const up = Math.min(height, rows);
      shown = lines;
      // ECMA-48: cursor up, to the first column, erase below. One write, so that nothing flickers.
      const back = up === 0 ? '' : `\u001b[${up}A\r\u001b[J`;
      terminal.write(back + lines.map((line) => `${line}\n`).join(''));
    },
    leave() {
      shown = [];
    },
  };
}

function heightOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
}
