import type { Measure } from './grammar.js';

/**
 * For a consumer that takes a number of bytes on a line.
 * @param read what it keeps of a line: all but `spare(end)` bytes at most, where it ends with `end`.
 */
export function linesOf(
  most: number,
  what: string,
  read = (line: string): string => line,
  spare: (end: string) => number = () => 0,
): Measure {
  const tooLong = `${what} longer than ${most.toLocaleString('en')} bytes`;
  return {
    least: Math.floor(most / 3),
    line: { most, spare, problem: tooLong },
    of(text) {
      let problem: string | undefined;
      let start = 0;
      for (;;) {
        const end = text.indexOf('\n', start);
        const line = text.slice(start, end < 0 ? undefined : end);
        if (line.length * 3 > most && Buffer.byteLength(read(line)) > most) problem = tooLong;
        if (end < 0) return { problem, open: start };
        start = end + 1;
      }
    },
  };
}
