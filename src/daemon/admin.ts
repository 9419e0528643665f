import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.js';
import { readContents } from '../config/contents.js';
import { followFiles } from '../config/follow.js';
import { parseListen } from '../admin/listen.js';
import type { Listening } from '../admin/server.js';
import { backoffDelay } from '../model/backoff.js';
import { whenAborted } from '../model/when-aborted.js';
import { fieldsOf, messageOf, RollcallError } from '../model/errors.js';
import type { Runtime } from '../ports/runtime.js';
import type { Manager } from './manager-api.js';

type Settings = Config['admin'];

/** The admin server of a process. None of its failures ends the process or delays a target. */
export interface Admin {
  /** Uses the `admin` block of another config from now on. */
  use(settings: Settings): void;
  /** Resolves when `signal` has aborted and everything is closed. */
  run(signal: AbortSignal): Promise<void>;
}

/** Milliseconds between two attempts to listen. */
const retry = { base: 1000, cap: 30_000 };

/** Nothing of the server is loaded before `run`. */
export function createAdmin(manager: Manager, stateDir: string, first: Settings, runtime: Runtime): Admin {
  const { clock, log } = runtime;
  let settings = first;
  let token: string | undefined;
  let changed = new AbortController();
  const deps = { process: manager, clock, log, token: () => token, unreadyAfter: () => settings.unreadyAfter };

  /** Listens until `signal` aborts, however often that fails. */
  async function keep(what: string, listen: () => Promise<Listening>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const listening = await listen();
        log.info({ listen: what }, 'the admin server listens');
        await whenAborted(signal);
        await listening.close();
        return;
      } catch (error) {
        const retryInMs = Math.round(backoffDelay(attempt, retry, runtime.random()));
        const fields =
          error instanceof RollcallError ? fieldsOf(error) : { code: 'ADMIN_UNAVAILABLE', error: messageOf(error) };
        log.error({ listen: what, ...fields, retryInMs }, 'the admin server cannot listen');
        await clock.sleep(retryInMs, signal);
      }
    }
  }

  /** One version of the settings and of their files, until they change. */
  async function serveHttpOnce(signal: AbortSignal): Promise<void> {
    const present = settings;
    const address = present.listen === undefined ? undefined : parseListen(present.listen);
    if (!address) {
      await whenAborted(signal);
      return;
    }
    const files = [present.tokenFile, present.tls?.ca, present.tls?.cert, present.tls?.key].filter(
      (path) => path !== undefined,
    );
    const read = new Map(await Promise.all(files.map(async (path) => [path, await readContents(path)] as const)));
    const over = new AbortController();
    const ends = AbortSignal.any([signal, over.signal]);
    const digests = new Map([...read].map(([path, { digest }]) => [path, digest]));
    const following = followFiles(
      digests,
      () => {
        over.abort();
      },
      { clock },
      ends,
    );
    const textOf = (path: string): Buffer => {
      const contents = read.get(path);
      if (contents?.bytes) return contents.bytes;
      throw new RollcallError('ADMIN_UNAVAILABLE', `the admin server needs ${path}: ${contents?.reason ?? 'unread'}`);
    };
    await keep(
      present.listen ?? '',
      async () => {
        const { serveHttp } = await import('../admin/server.js');
        token =
          present.token ??
          (present.tokenFile === undefined ? undefined : readToken(textOf(present.tokenFile), present.tokenFile));
        const { tls } = present;
        const secure = tls && {
          ...{ cert: textOf(tls.cert), key: textOf(tls.key) },
          ...(tls.ca !== undefined && { ca: textOf(tls.ca), requestCert: true, rejectUnauthorized: false }),
        };
        return serveHttp(address, secure, deps);
      },
      ends,
    );
    over.abort();
    await following;
  }

  return {
    use(next) {
      const before = settings;
      settings = next;
      if (!isDeepStrictEqual(before, next)) changed.abort();
    },
    async run(signal) {
      const socket = keep(
        'admin.sock',
        async () => (await import('../admin/server.js')).serveSocket(stateDir, deps),
        signal,
      );
      while (!signal.aborted) {
        changed = new AbortController();
        await serveHttpOnce(AbortSignal.any([signal, changed.signal]));
      }
      await socket;
    },
  };
}

/** @throws RollcallError `ADMIN_UNAVAILABLE` for a token that is too short to be one */
function readToken(bytes: Buffer, path: string): string {
  const token = bytes.toString().trim();
  if (token.length >= 16 && !/\s/.test(token)) return token;
  throw new RollcallError('ADMIN_UNAVAILABLE', `${path} must hold one word of at least 16 characters`);
}
