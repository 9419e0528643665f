import { resolve } from 'node:path';
import { readTrusted } from '../filesystem/read.js';
import { RollcallError } from '../model/errors.js';
import { explainUnread } from '../model/file-error.js';
import { EtcdError, isAuthDisabled } from './failure.js';
import type { Credentials } from './options.js';

/** The token that calls and watches share. */
export interface Auth {
  /**
   * The token in force; logs in when there is none. Undefined without credentials, or when etcd has no authentication.
   * @throws EtcdError ETCD_LOGIN when user or password are wrong, RollcallError ETCD_PASSWORD_FILE
   */
  token(): Promise<string | undefined>;
  /** This token (or having none) was refused. True when logging in anew can help. */
  expire(token: string | undefined): boolean;
  /**
   * Logs in anew with what the password file holds now. The token in force stays when that fails.
   * @throws as `token`
   */
  renew(): Promise<void>;
}

/** `login` asks etcd for a token. */
export function createAuth(
  credentials: Credentials | undefined,
  login: (username: string, password: string) => Promise<string>,
): Auth {
  // An empty token: etcd has no authentication, so there is nothing to show.
  let held: string | undefined;
  let asking: Promise<string> | undefined;

  async function logIn(from: Credentials): Promise<string> {
    try {
      return await login(from.username, await passwordOf(from));
    } catch (error) {
      if (error instanceof EtcdError && isAuthDisabled(error)) return '';
      throw error;
    }
  }

  return {
    async token() {
      if (credentials === undefined) return undefined;
      if (held === undefined) {
        asking ??= logIn(credentials).finally(() => (asking = undefined));
        held = await asking;
      }
      return held === '' ? undefined : held;
    },
    expire(token) {
      if (credentials === undefined) return false;
      // Another call may have logged in anew in the meantime.
      if (held === (token ?? '')) held = undefined;
      return true;
    },
    async renew() {
      if (credentials !== undefined) held = await logIn(credentials);
    },
  };
}

async function passwordOf({ password, passwordFile }: Credentials): Promise<string> {
  if (passwordFile === undefined) return password ?? '';
  try {
    return (await readTrusted(resolve(passwordFile), { unwritable: true })).toString().replace(/\r?\n$/, '');
  } catch (cause) {
    const message = `cannot read the password of etcd from ${passwordFile}: ${explainUnread(cause)}`;
    throw new RollcallError('ETCD_PASSWORD_FILE', message, { cause });
  }
}
