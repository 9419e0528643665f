/** Replaces a value in `State.line` and in the text after a value. */
export const valueMark = '\uFFFC';

/** The output line before the values at its end. */
export function withoutValues(line: string): string {
  return line.replace(/\uFFFC+$/, '');
}

/** Replaces text that depends on a branch, in the same places. */
export const unknownMark = '\uFFFF';

/** False for a text that contains a value, or that depends on a branch. */
export function isKnown(text: string): boolean {
  return !text.includes(valueMark) && !text.includes(unknownMark);
}

export function isKnownOrValue(text: string): boolean {
  return !text.includes(unknownMark);
}
