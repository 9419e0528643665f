import { groupDigits } from '../../model/group-digits.js';
import type { Measure } from './grammar.js';

/**
 * The size limit of a consumer that limits the bytes of a line.
 * @param read the counted part of a line.
 * @param spare the most bytes that `read` removes from a line with this end.
 */
export function linesOf(
  most: number,
  what: string,
  read = (line: string): string => line,
  spare: (end: string) => number = () => 0,
): Measure {
  const tooLong = `${what} longer than ${groupDigits(most)} bytes`;
  return {
    minLength: Math.floor(most / 3),
    line: { maxBytes: most, uncountedBytes: spare, problem: tooLong },
    of(text) {
      let problem: string | undefined;
      let start = 0;
      for (;;) {
        const end = text.indexOf('\n', start);
        const line = text.slice(start, end < 0 ? undefined : end);
        if (line.length * 3 > most && Buffer.byteLength(read(line)) > most) problem = tooLong;
        if (end < 0) return { problem, openFrom: start };
        start = end + 1;
      }
    },
  };
}
