import { messageOf } from './errors.js';

/**
 * Explains why a file could not be read: with its path and the system's error code. For any other value, its message.
 *
 * @param named the path that the caller's message already names: an error about this file calls it "it"
 */
export function explainUnread(error: unknown, named?: string): string {
  return explain(error, reading, named);
}

/** Explains why a file could not be written, in the same way. */
export function explainUnwritten(error: unknown): string {
  return explain(error, writing);
}

/** The words for a file system or a quota without room: those of Node.js, and those of programs that print the system's message. */
const noRoom = /\b(?:ENOSPC|EDQUOT)\b|no space left on device|disk quota exceeded/i;

/** Whether the error, or an error that caused it, says that a disk is full. Then a retry helps as soon as there is room. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isDiskFull)) return true;
  return error instanceof Error && (noRoom.test(error.message) || isDiskFull(error.cause));
}

/** `path` is undefined for a file that the message already names. */
type Phrases = Readonly<Record<string, (path: string | undefined) => string>>;

const reading: Phrases = {
  ENOENT: absent,
  ENOTDIR: (path) => `${absent(path)}: a part of this path is a file`,
  EISDIR: (path = 'it') => `${path} is a directory`,
  EACCES: (path = 'it') => `the user of rollcall may not read ${path}`,
};

const writing: Phrases = {
  ENOENT: (path = 'it') => `there is no directory for ${path}`,
  ENOTDIR: (path = 'it') => `there is no directory for ${path}: a part of this path is a file`,
  EISDIR: (path = 'it') => `${path} is a directory`,
  EACCES: (path = 'it') => `the user of rollcall may not write ${path}`,
};

function absent(path: string | undefined): string {
  return path === undefined ? 'it does not exist' : `there is no ${path}`;
}

function explain(error: unknown, phrases: Phrases, named?: string): string {
  const { code = '', path } = (error ?? {}) as { readonly code?: string; readonly path?: string };
  const say = Object.hasOwn(phrases, code) ? phrases[code] : undefined;
  return say === undefined ? messageOf(error) : `${say(path === named ? undefined : path)} (${code})`;
}
