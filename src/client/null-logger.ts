import type { Log } from '../ports/runtime.js';

const nothing = (): void => undefined;

/** A log that discards everything. */
export const nullLogger: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => nullLogger,
};
