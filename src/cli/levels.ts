/** Of the lines that are logged, the least important first. Apart from the log, so that `--help` does not load that. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];
