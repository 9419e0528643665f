import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:http';
import { openSocketPlace, socketName } from '../../admin/socket.js';
import { findConfig } from '../../config/find.js';
import { loadConfig } from '../../config/load.js';
import { messageOf, RollcallError } from '../../model/errors.js';

/** How to find a running process. */
export interface PlaceOptions {
  /** The config file, whose `stateDir` has the socket. */
  readonly config?: string;
  /** `http://HOST:PORT` or `https://HOST:PORT` of `admin.listen`, instead of the socket. */
  readonly admin?: string;
  /** A file with the token, for `admin`. */
  readonly tokenFile?: string;
}

/** Where a running process answers. */
export interface Place {
  /** For people. */
  readonly name: string;
  readonly secure: boolean;
  readonly request: RequestOptions;
}

/**
 * Finds where the running process answers.
 *
 * @param use the place is valid until it ends
 * @throws RollcallError when the config, the address or the token file cannot be used
 */
export async function withPlace<T>(options: PlaceOptions, use: (place: Place) => Promise<T>): Promise<T> {
  if (options.admin !== undefined) return use(await placeOfUrl(options.admin, options.tokenFile));
  const { config } = await loadConfig(await findConfig(options.config, process.env, process.cwd()));
  const name = `${config.stateDir}/${socketName}`;
  const socket = await openSocket(config.stateDir, name);
  try {
    return await use({ name, secure: false, request: { socketPath: socket.pathOf(socketName) } });
  } finally {
    await socket.directory.close();
  }
}

async function openSocket(stateDir: string, name: string): ReturnType<typeof openSocketPlace> {
  try {
    return await openSocketPlace(stateDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw unreachable(name, 'there is no such directory', error);
    if (code === 'EACCES' || code === 'EPERM')
      throw new RollcallError('ADMIN_REFUSED', `this user may not open ${stateDir}`, { cause: error });
    throw error;
  }
}

export function unreachable(name: string, why: string, cause: unknown): RollcallError {
  return new RollcallError('ADMIN_UNREACHABLE', `no running rollcall answers at ${name}: ${why}`, { cause });
}

async function placeOfUrl(text: string, tokenFile: string | undefined): Promise<Place> {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw new RollcallError('CONFIG_INVALID', `--admin ${JSON.stringify(text)} is not an address`, {
      hint: 'Write http://HOST:PORT or https://HOST:PORT.',
    });
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { name: url.origin, secure, request: { host, port, headers } };
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new RollcallError('CONFIG_INVALID', `--token-file ${file} cannot be read: ${messageOf(error)}`, {
      hint: 'Name a file with the token of `admin`.',
    });
  }
}
