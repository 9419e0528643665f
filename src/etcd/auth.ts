import { resolve } from 'node:path';
import { readTrusted } from '../filesystem/read.js';
import { RollcallError } from '../model/errors.js';
import { explainUnread } from '../model/file-error.js';
import { EtcdError, isAuthDisabled, reasonOf } from './failure.js';
import type { Credentials } from './options.js';

/** The login token that calls and watches share. */
export interface Auth {
  /**
   * Returns the current token; logs in if there is none. Undefined without credentials, or when authentication is off in etcd.
   * @throws EtcdError `ETCD_LOGIN` when etcd refuses the user or the password; RollcallError `ETCD_PASSWORD_FILE`
   */
  token(): Promise<string | undefined>;
  /** The user to log in as. */
  readonly user: Credentials | undefined;
  /** Reports that etcd refused this token, or a call without one. True when a new login can help. */
  expire(token: string | undefined): boolean;
  /**
   * Logs in again with what the password file holds now. The token in force stays when that fails.
   * @throws as `token`
   */
  renew(): Promise<void>;
}

/** @param login asks etcd for a token */
export function createAuth(
  credentials: Credentials | undefined,
  login: (username: string, password: string) => Promise<string>,
): Auth {
  // The empty token means that authentication is off in etcd: calls then carry no token.
  let current: string | undefined;
  let loggingIn: Promise<string> | undefined;

  async function logIn(from: Credentials): Promise<string> {
    try {
      return await login(from.username, await passwordOf(from));
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      if (isAuthDisabled(error)) return '';
      if (!error.traits.needsLogin) throw error;
      // A proxy in front of etcd may refuse a login in other words than etcd.
      const message = `log in to etcd as ${from.username}: the server refuses: ${reasonOf(error)}`;
      throw new EtcdError('ETCD_LOGIN', message, {}, error.cause);
    }
  }

  return {
    user: credentials,
    async token() {
      if (credentials === undefined) return undefined;
      if (current === undefined) {
        loggingIn ??= logIn(credentials).finally(() => (loggingIn = undefined));
        current = await loggingIn;
      }
      return current === '' ? undefined : current;
    },
    expire(token) {
      if (credentials === undefined) return false;
      // Another call may have logged in again in the meantime.
      if (current === (token ?? '')) current = undefined;
      return true;
    },
    async renew() {
      if (credentials !== undefined) current = await logIn(credentials);
    },
  };
}

async function passwordOf({ password, passwordFile }: Credentials): Promise<string> {
  if (passwordFile === undefined) return password ?? '';
  try {
    return (await readTrusted(resolve(passwordFile), { notWritableByOthers: true })).toString().replace(/\r?\n$/, '');
  } catch (cause) {
    const message = `cannot read the etcd password from ${passwordFile}: ${explainUnread(cause)}`;
    throw new RollcallError('ETCD_PASSWORD_FILE', message, { cause });
  }
}
