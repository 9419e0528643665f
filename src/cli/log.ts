import { pino } from 'pino';
import type { Log } from '../ports.js';

export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

/**
 * The process's log, on standard error so that standard output stays a command's result: JSON, one object a line, unless
 * standard error is a terminal, where a person reads. Written through before the call returns: a killed process has
 * said all that it knew.
 */
export async function createLog(level: Level | 'silent', terminal: boolean): Promise<Log> {
  const base = { level, base: {}, timestamp: pino.stdTimeFunctions.isoTime };
  if (!terminal) {
    const formatters = { level: (label: string) => ({ level: label }) };
    const json: Log = pino({ ...base, formatters }, pino.destination({ dest: 2, sync: true }));
    return json;
  }
  const { default: pretty } = await import('pino-pretty');
  const colorize = process.env.NO_COLOR === undefined || process.env.NO_COLOR === '';
  const readable: Log = pino(
    base,
    pretty({
      sync: true,
      destination: 2,
      colorize,
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
      errorLikeObjectKeys: [...paragraphs],
      customPrettifiers: Object.fromEntries(
        paragraphs.map((key) => [
          key,
          (value) => (typeof value === 'string' ? paragraph(value) : JSON.stringify(value)),
        ]),
      ),
    }),
  );
  return readable;
}

/** Fields that have lines of their own on a terminal: a config's error shows the place in the file. */
const paragraphs = ['error', 'hint', 'stack'] as const;

/** What could move the cursor or clear the screen is shown by its number. */
function paragraph(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
