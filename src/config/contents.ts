import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readTrusted } from '../filesystem/read.js';
import { explainUnread } from '../model/file-error.js';

/** Of the built-in templates: beside src/ in the repository and beside dist/ in the package. */
export const builtinFolder = fileURLToPath(new URL('../../templates/', import.meta.url));

/** What a file holds: bytes and their digest, or why there are none. */
export type Contents =
  | { readonly digest: string; readonly bytes: Buffer }
  | { readonly digest: string; readonly bytes?: undefined; readonly why: string };

/**
 * Never throws: a file that cannot be read, or that another user could have put there (`PATH_UNTRUSTED`), has the digest
 * `unreadable:CODE`.
 *
 * @param path absolute
 */
export async function readContents(path: string): Promise<Contents> {
  try {
    // Built-in templates are part of the program, and as trusted as its code.
    const bytes = await (path.startsWith(builtinFolder) ? readFile(path) : readTrusted(path));
    return { digest: createHash('sha256').update(bytes).digest('hex'), bytes };
  } catch (error) {
    return { digest: `unreadable:${(error as NodeJS.ErrnoException).code ?? ''}`, why: explainUnread(error) };
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
