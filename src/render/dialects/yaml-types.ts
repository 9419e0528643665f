/** Plain scalars that are no text in YAML 1.2 or in the types of YAML 1.1, in lower case. `<<` merges maps, `=` is a default value. */
const words = 'y n yes no on off true false null ~ .inf +.inf -.inf .nan << ='.split(' ');

/** One or two digits, which the next part of a date follows. */
const two = '\\d{1,2}';
const zone = chain('\\s*', '(?:Z|[-+])', two, ':?', two);
const time = chain('(?:T|\\s+)', two, ':', two, ':', two, `(?:\\.\\d*)?${zone}`);

/**
 * Everything that can begin a number or a date, also with the `,` and `_` that some readers accept between digits. Each of these texts has
 * the same meaning with a later part: `1e` begins `1e5`.
 */
const numbers = new RegExp(
  `^(?:${[
    '[-+]?0x[\\da-f_]*',
    '[-+]?0o[0-7_]*',
    // Parts divided by colons are digits to the base of 60: 1:30 is 90.
    '[-+]?(?:\\d[\\d_,]*(?::\\d{0,2})*)?(?:\\.[\\d_]*)?',
    '[-+]?(?:\\d[\\d_,]*)?(?:\\.[\\d_]*)?e[-+]?[\\d_]*',
    '[-+]?0b[01_]*',
    `\\d{4}${chain('-', two, '-', two, time)}`,
  ].join('|')})$`,
  'i',
);

/** An expression for every beginning of a text of these parts. */
function chain(...parts: readonly string[]): string {
  return parts.reduceRight((rest, part) => `(?:${part}${rest})?`, '');
}

/** Whether a plain scalar that begins with the text can be a number, a date, a boolean or another type than text for some reader. */
export function beginsOtherType(text: string): boolean {
  const lower = text.toLowerCase();
  return numbers.test(text) || words.some((word) => word.startsWith(lower));
}

/** Whether some reader can read the plain scalar as another type than text. Also true for a number that is not complete: `1e`. */
export function isOtherType(text: string): boolean {
  return numbers.test(text) || words.includes(text.toLowerCase());
}

/** Whether the text can be in the middle of a plain scalar of another type than text. */
export function fitsOtherType(text: string): boolean {
  return !/[^\da-fxo_.,:+\-\stznulyrsi~<=]/i.test(text);
}
