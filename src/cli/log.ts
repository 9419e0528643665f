import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Log } from '../ports/runtime.js';
import type { Level } from './levels.js';
import { isColoured } from './terminal/color.js';
import { clearProgress } from './terminal/spinner.js';
import { printableColoured, printableJson, printableLines } from './terminal/escape.js';

/**
 * Creates the log of the process. It writes to standard error, because standard output has the result of a command. The log is JSON, one
 * object a line, or text if standard error is a terminal. Each line is written before the call returns, so a killed process has logged
 * everything. A line that cannot be written (a full disk, a closed pipe) is dropped.
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
      // JSON escapes ESC in the fields, but neither C1 nor bidi characters.
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
 * Writes whole lines. pino's own destination throws write errors out of the logging call: a full disk would end the caller.
 */
function createWriter(descriptor: number): (line: string | Uint8Array) => void {
  let cut = false;
  return (line) => {
    // If a full disk has cut a line, the next one still begins on a new line.
    const whole = Buffer.from(line);
    let rest = cut ? Buffer.concat([Buffer.from('\n'), whole]) : whole;
    const size = rest.length;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(descriptor, rest));
      } catch (error) {
        // Another process has made the pipe non-blocking, and it is full. Wait for its reader.
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

/** Fields that get their own lines on a terminal: the error of a config has an excerpt of the file. */
const paragraphs = ['error', 'hint', 'stack'] as const;
