/** Replaces a value in `State.line` and in the text after a value. */
export const valueMark = '\uFFFC';

/** Replaces text that depends on a branch, in the same places. */
export const unknownMark = '\uFFFF';
