import type { ProcessEnd } from './process.js';

/** A command as one line for people: arguments that a shell would split are quoted; at most 200 characters. */
export function showCommand(argv: readonly string[]): string {
  const words = argv.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const line = words.join(' ').replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Why a command did not succeed, to follow its name: `exited with 1`. */
export function showEnd(end: ProcessEnd, timeout: number): string {
  switch (end.kind) {
    case 'exited':
      return `exited with ${end.code}`;
    case 'killed':
      return `was ended by ${end.by}`;
    case 'timed-out':
      return end.code === null
        ? `did not end within ${timeout} ms, and its process group was ended`
        : `exited with ${end.code}, but something that it started held its output for ${timeout} ms and was ended`;
    case 'not-started':
      return `did not start: ${end.reason}`;
  }
}
