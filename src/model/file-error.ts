import { messageOf } from './errors.js';

/** Explains why a file could not be read: with its path and the system's error code. For any other value, its message. */
export function explainUnread(error: unknown): string {
  return explain(error, reading);
}

/** Explains why a file could not be written, in the same way. */
export function explainUnwritten(error: unknown): string {
  return explain(error, writing);
}

type Phrases = Readonly<Record<string, (path: string) => string>>;

const reading: Phrases = {
  ENOENT: (path) => `there is no ${path}`,
  ENOTDIR: (path) => `there is no ${path}: a part of this path is a file`,
  EISDIR: (path) => `${path} is a directory`,
  EACCES: (path) => `the user of rollcall may not read ${path}`,
};

const writing: Phrases = {
  ENOENT: (path) => `there is no directory for ${path}`,
  ENOTDIR: (path) => `there is no directory for ${path}: a part of this path is a file`,
  EISDIR: (path) => `${path} is a directory`,
  EACCES: (path) => `the user of rollcall may not write ${path}`,
};

function explain(error: unknown, phrases: Phrases): string {
  const { code = '', path = 'it' } = (error ?? {}) as { readonly code?: string; readonly path?: string };
  const say = Object.hasOwn(phrases, code) ? phrases[code] : undefined;
  return say === undefined ? messageOf(error) : `${say(path)} (${code})`;
}
