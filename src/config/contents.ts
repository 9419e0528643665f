import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readUpTo } from '../filesystem/bounded.js';
import { openTrusted } from '../filesystem/read.js';
import { explainUnread } from '../model/file-error.js';

/** Of the built-in templates: beside src/ in the repository and beside dist/ in the package. */
export const builtinFolder = fileURLToPath(new URL('../../templates/', import.meta.url));

/** What a file holds: bytes and their digest, or why there are none. */
export type Contents =
  | { readonly digest: string; readonly bytes: Buffer }
  | { readonly digest: string; readonly bytes?: undefined; readonly why: string };

// A fixture of 100,000 instances takes less than half of it. YAML takes about three seconds a MiB.
const MOST_BYTES = 8 << 20;

/**
 * Reads a regular file of at most 8 MiB. Never throws: a file that cannot be read, or that another user could have put
 * there, written or replaced (`PATH_UNTRUSTED`), has the digest `unreadable:CODE`.
 *
 * @param path absolute
 */
export async function readContents(path: string): Promise<Contents> {
  try {
    // Built-in templates are part of the program, and as trusted as its code.
    const bytes = await (path.startsWith(builtinFolder) ? readFile(path) : readBounded(path));
    if (typeof bytes === 'string') return { digest: 'unreadable:SIZE', why: bytes };
    return { digest: createHash('sha256').update(bytes).digest('hex'), bytes };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why = explainUnread(error);
    return { digest: `unreadable:${code}`, why: code === 'PATH_UNTRUSTED' ? `${why} (${code})` : why };
  }
}

/** The bytes, or why they are not to be read. */
async function readBounded(path: string): Promise<Buffer | string> {
  const file = await openTrusted(path, { notControlledByOthers: true });
  try {
    return (await readUpTo(file, MOST_BYTES)) ?? `${path} is longer than ${MOST_BYTES >> 20} MiB`;
  } finally {
    await file.close();
  }
}

/** Reads files as text and remembers what each of them held. */
export interface FileReader {
  /** The text without a byte order mark, or why there is none: unreadable, or not UTF-8. */
  read(path: string): Promise<{ readonly text: string } | { readonly why: string }>;
  /** Every path that was asked for, and the digest of what it held, as `followFiles` takes it. */
  readonly seen: ReadonlyMap<string, string>;
}

export function createFileReader(): FileReader {
  const seen = new Map<string, string>();
  return {
    seen,
    async read(path) {
      const contents = await readContents(path);
      seen.set(path, contents.digest);
      if (contents.bytes === undefined) return { why: contents.why };
      try {
        return { text: new TextDecoder('utf-8', { fatal: true }).decode(contents.bytes) };
      } catch {
        return { why: `${path} is not UTF-8 text` };
      }
    },
  };
}
