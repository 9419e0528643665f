/** Stands for a value, in `State.line` and in the text after a value. */
export const valueMark = '\uFFFC';

/** Stands for text that depends on a branch, likewise. */
export const unknownMark = '\uFFFF';
