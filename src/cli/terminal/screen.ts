import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './width.js';

/** The last lines of a terminal, written again and again in the same place. */
export interface Screen {
  /** How much there is room for: lines, and columns of each. */
  size(): { readonly rows: number; readonly columns: number };
  /** Shows these lines instead of those before. No more than there is room for. */
  draw(lines: readonly string[]): void;
  /** The lines stay, what comes next stands below them. */
  leave(): void;
}

interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** Neither the cursor nor a mode of the terminal is changed, so that it is sane however this process ends. */
export function createScreen(terminal: Terminal): Screen {
  let shown: readonly string[] = [];
  const size = (): { rows: number; columns: number } => ({
    // One that does not know its size says 0; the line below is the cursor's.
    rows: (terminal.rows || 24) - 1,
    columns: terminal.columns || 80,
  });
  return {
    size,
    draw(lines) {
      const { columns, rows } = size();
      // A terminal that has become narrower has wrapped what was shown.
      const height = shown.reduce((sum, line) => sum + heightOf(line, columns), 0);
      const up = Math.min(height, rows);
      shown = lines;
      // ECMA-48: cursor up, to the first column, erase what is below; in one write, so that nothing flickers.
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
