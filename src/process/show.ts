import type { ProcessEnd } from './process.js';

/** A command as one line for people, at most 200 characters. Arguments that a shell would change are quoted. */
export function showCommand(argv: readonly string[]): string {
  const words = argv.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const line = words.join(' ').replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** A predicate whose subject is the command: `exited with 1`. */
export function showEnd(end: ProcessEnd, timeout: number): string {
  switch (end.kind) {
    case 'exited':
      return `exited with ${end.code}`;
    case 'killed':
      return `was ended by ${end.by}`;
    case 'timed-out':
      return end.code === null
        ? `did not end within ${timeout} ms, and its process group was ended`
        : `exited with ${end.code}, but a process that it started held its output for ${timeout} ms and was ended`;
    case 'not-started':
      return `did not start: ${end.reason}`;
  }
}
