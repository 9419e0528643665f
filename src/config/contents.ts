import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readUpTo } from '../filesystem/bounded.js';
import { openTrusted } from '../filesystem/read.js';
import { explainUnread } from '../model/file-error.js';

/** The directory of the built-in templates: beside src/ in the repository and beside dist/ in the package. */
export const builtinDirectory = fileURLToPath(new URL('../../templates/', import.meta.url));

/** Why a file has no contents. */
export interface Unread {
  /** Names the file: `there is no /etc/rollcall/nginx.hbs (ENOENT)`. */
  readonly why: string;
  /** The same for a message that already names the file: `it does not exist (ENOENT)`. */
  readonly reason: string;
}

/** The bytes of a file and their digest, or why there are none. */
export type Contents =
  | { readonly digest: string; readonly bytes: Buffer }
  | ({ readonly digest: string; readonly bytes?: undefined } & Unread);

// A fixture of 100,000 instances has less than half of this. The YAML parser needs about three seconds for one MiB.
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
    const bytes = await (path.startsWith(builtinDirectory) ? readFile(path) : readBounded(path));
    if (bytes === undefined)
      return { digest: 'unreadable:SIZE', ...unread(path, `is longer than ${MOST_BYTES >> 20} MiB`) };
    return { digest: createHash('sha256').update(bytes).digest('hex'), bytes };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const shownCode = code === 'PATH_UNTRUSTED' ? ` (${code})` : '';
    const why = `${explainUnread(error)}${shownCode}`;
    const reason = `${explainUnread(error, path)}${shownCode}`;
    // The errors of src/filesystem begin with the path.
    return {
      digest: `unreadable:${code}`,
      why,
      reason: reason.startsWith(`${path} `) ? `it${reason.slice(path.length)}` : reason,
    };
  }
}

function unread(path: string, what: string): Unread {
  return { why: `${path} ${what}`, reason: `it ${what}` };
}

/** Undefined: the file is too long. */
async function readBounded(path: string): Promise<Buffer | undefined> {
  const file = await openTrusted(path, { notControlledByOthers: true });
  try {
    return await readUpTo(file, MOST_BYTES);
  } finally {
    await file.close();
  }
}

/** Reads files as text and remembers the digest of each. */
export interface FileReader {
  /** The text without a byte order mark, or why there is none: unreadable, or not UTF-8. */
  read(path: string): Promise<{ readonly text: string } | Unread>;
  /** Every path that was read, and the digest of its contents, as `followFiles` takes it. */
  readonly seen: ReadonlyMap<string, string>;
}

export function createFileReader(): FileReader {
  const seen = new Map<string, string>();
  return {
    seen,
    async read(path) {
      const contents = await readContents(path);
      seen.set(path, contents.digest);
      if (contents.bytes === undefined) return { why: contents.why, reason: contents.reason };
      try {
        return { text: new TextDecoder('utf-8', { fatal: true }).decode(contents.bytes) };
      } catch {
        return unread(path, 'is not UTF-8 text');
      }
    },
  };
}
