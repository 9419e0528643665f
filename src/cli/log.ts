import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Log } from '../ports.js';
import type { Level } from './levels.js';
import { isColoured } from './terminal/color.js';
import { clearProgress } from './terminal/spinner.js';
import { printableColoured, printableJson, printableLines } from './terminal/escape.js';

/**
 * The process's log, on standard error so that standard output stays a command's result: JSON, one object a line, unless
 * standard error is a terminal, where a person reads. Written through before the call returns: a killed process has
 * said all that it knew. A line that cannot be written (a full disk, a reader gone) is lost, and nothing else.
 */
export async function createLog(level: Level | 'silent', terminal: boolean): Promise<Log> {
  const write = createWriter(2);
  const base = { level, base: {}, timestamp: pino.stdTimeFunctions.isoTime };
  if (!terminal) {
    const formatters = { level: (label: string) => ({ level: label }) };
    const json: Log = pino(
      { ...base, formatters },
      {
        write: (line: string) => {
          write(printableJson(line));
        },
      },
    );
    return json;
  }
  const { default: pretty } = await import('pino-pretty');
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      clearProgress();
      // Of the fields, JSON has made escape characters harmless, but neither C1 nor bidi ones.
      write(printableColoured(chunk.toString()));
      done();
    },
  });
  const readable: Log = pino(
    base,
    pretty({
      destination,
      colorize: isColoured(process.stderr),
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
      errorLikeObjectKeys: [...paragraphs],
      customPrettifiers: Object.fromEntries(
        paragraphs.map((key) => [
          key,
          (value) => (typeof value === 'string' ? printableLines(value) : JSON.stringify(value)),
        ]),
      ),
    }),
  );
  return readable;
}

/**
 * Writes whole lines. pino's own destination throws out of the logging call what goes wrong with the writing: a full
 * disk under the log would end what is logged.
 */
function createWriter(descriptor: number): (line: string | Uint8Array) => void {
  let cut = false;
  return (line) => {
    // The rest of a line that the disk had no room for is gone; the next one begins on its own line.
    const whole = Buffer.from(line);
    let rest = cut ? Buffer.concat([Buffer.from('\n'), whole]) : whole;
    const size = rest.length;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(descriptor, rest));
      } catch (error) {
        // A pipe that others made non-blocking, and that is full: its reader makes room.
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
          Atomics.wait(pause, 0, 0, 10);
          continue;
        }
        cut ||= rest.length < size;
        return;
      }
    }
    cut = false;
  };
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Fields that have lines of their own on a terminal: a config's error shows the place in the file. */
const paragraphs = ['error', 'hint', 'stack'] as const;
