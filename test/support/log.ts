import type { Log } from '../../src/ports/runtime.js';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export type MemoryLog = Log & { readonly lines: LogLine[] };

/** A log in memory. The lines of a child are added to those of its parent, with the child's fields. */
export function memoryLog(): MemoryLog {
  return logInto([], {});
}

function logInto(lines: LogLine[], bound: object): MemoryLog {
  const write =
    (level: LogLine['level']) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields: { ...bound, ...fields }, message });
    };
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => logInto(lines, { ...bound, ...fields }),
  };
}
