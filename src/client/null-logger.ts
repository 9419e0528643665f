import type { Log } from '../ports.js';

const nothing = (): void => undefined;

/** For who wants none. */
export const nullLogger: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => nullLogger,
};
