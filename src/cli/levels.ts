/** The log levels, least important first. In a file of their own, so that `--help` does not load the logger. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];
