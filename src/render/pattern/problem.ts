/** Thrown for an invalid pattern. The message names the position, counted from 1. */
export class PatternError extends Error {
  /** @param at index, in code points. */
  constructor(message: string, at: number) {
    super(`${message} (character ${at + 1} of the pattern)`);
  }
}
