import type { Log } from '../ports.js';

const nothing = (): void => undefined;

/** For who wants none. */
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
};
