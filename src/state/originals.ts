import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Originals } from '../ports/journal.js';
import type { StateDirectory } from './state-directory.js';

/** The most different copies for one path. A file that other programs write in turns with rollcall must not fill the disk. */
const mostCopies = 8;

/**
 * The originals in a directory: one file for each path and contents, with the readable end of the path in its name.
 *
 * @param open opens the directory, and creates it if it is missing. Called at the first `keep`; after a failure, at the next one.
 */
export function createOriginals(open: () => Promise<StateDirectory>): Originals {
  let opened: Promise<StateDirectory> | undefined;
  return {
    async keep(path, contents) {
      opened ??= open();
      const directory = await opened.catch((error: unknown) => {
        opened = undefined;
        throw unwritable(error);
      });
      const ofPath = `${readable(path)}.${digest(path)}.`;
      const name = `${ofPath}${digest(contents)}`;
      const copy = join(directory.path, name);
      const names = directory.names();
      if (names.includes(name)) return { copy, isNew: false };
      if (names.filter((each) => each.startsWith(ofPath)).length >= mostCopies)
        return { copy: undefined, isNew: false };
      await directory.write(name, contents);
      return { copy, isNew: true };
    },
  };
}

function unwritable(error: unknown): RollcallError {
  return new RollcallError('STATE_UNWRITABLE', `cannot open the directory of originals: ${messageOf(error)}`, {
    cause: error,
  });
}

/** `/etc/nginx/conf.d/a.conf` as `etc_nginx_conf.d_a.conf`. */
function readable(path: string): string {
  return path
    .slice(1)
    .replace(/[^a-zA-Z0-9.-]/g, '_')
    .slice(-100)
    .replace(/^[^a-zA-Z0-9]+/, '');
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}
