/** In an argument of a check: the path of the one new file before the swap. */
export const STAGED = '{staged}';
