import type { DiffLine } from '../../inspect/diff/unified.js';
import { coloursOf, isColoured } from './color.js';
import { printable } from './escape.js';

/**
 * The lines of a diff for standard output. A pipe gets them unchanged, for patch(1). A terminal gets them in colour, and characters that
 * could move its cursor are shown by their numbers.
 */
export function paintDiff(lines: readonly DiffLine[], stream: NodeJS.WriteStream = process.stdout): string {
  const colours = coloursOf(stream);
  const paints: Partial<Record<DiffLine['kind'], (text: string) => string>> = {
    file: colours.strong,
    place: colours.place,
    added: colours.good,
    removed: colours.bad,
  };
  const forPeople = stream.isTTY || isColoured(stream);
  return lines
    .map(({ kind, text }) => {
      const shown = forPeople ? text.split('\t').map(printable).join('\t') : text;
      return `${paints[kind]?.(shown) ?? shown}\n`;
    })
    .join('');
}
