/** A placeholder in the arguments of a check. It stands for the path of the one new file before the swap. */
export const STAGED = '{staged}';
