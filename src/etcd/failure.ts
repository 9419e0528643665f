import { RollcallError, messageOf, type ErrorCode } from '../model/errors.js';
import { printable } from '../model/printable.js';
import type { Credentials } from './options.js';

/** The grpc status codes that this file tells apart (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const status = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  OUT_OF_RANGE: 11,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Facts about a failed call that decide what the caller does next. */
export interface FailureTraits {
  /** Another endpoint may answer, or the same one later. */
  readonly retryElsewhere: boolean;
  /** The token is missing or no longer valid: log in again. */
  readonly needsLogin: boolean;
  /** False only when it is certain that etcd did not carry out the request: it was never sent, or its token was refused. */
  readonly maybeSent: boolean;
  /** The requested revision is compacted, or is newer than a store that was restored from a backup. */
  readonly revisionGone: boolean;
  /** The lease does not exist, or no longer. */
  readonly leaseGone: boolean;
  /** The answer exceeds the size limit of a message: ask for less at once. */
  readonly tooLarge: boolean;
  /** The server sent nothing until the deadline. */
  readonly silent: boolean;
}

const plain: FailureTraits = {
  retryElsewhere: false,
  needsLogin: false,
  maybeSent: true,
  revisionGone: false,
  leaseGone: false,
  tooLarge: false,
  silent: false,
};

/** A failed call to etcd: its message is for the operator, its `traits` for the caller. */
export class EtcdError extends RollcallError {
  readonly traits: FailureTraits;

  constructor(code: ErrorCode, message: string, traits: Partial<FailureTraits>, cause?: unknown, hint?: string) {
    super(code, message, { cause, ...(hint !== undefined && { hint }) });
    this.traits = { ...plain, ...traits };
  }
}

/** The error for an endpoint that does not answer. @param maybeSent whether the request may have arrived */
export function noAnswer(doing: string, endpoint: string, why: string, maybeSent: boolean): EtcdError {
  return new EtcdError('ETCD_UNREACHABLE', `${doing}: etcd at ${endpoint} ${why}`, {
    retryElsewhere: true,
    silent: true,
    maybeSent,
  });
}

/** The error for an answer that breaks etcd's protocol. @param why follows `etcd at ENDPOINT` in the message */
export function invalidAnswer(doing: string, endpoint: string, why: string, cause?: unknown): EtcdError {
  return new EtcdError(
    'ETCD_ANSWER',
    `${doing}: etcd at ${endpoint} ${printable(why)}`,
    { retryElsewhere: true },
    cause,
  );
}

/**
 * The EtcdError for any thrown value. `doing` and `endpoint` begin its message: `list /services/: etcd at https://…`.
 *
 * @param token the token that the call carried, if it carried one
 * @param user the user that the connection logs in as, if it does
 */
export function explain(thrown: unknown, doing: string, endpoint: string, token?: string, user?: EtcdUser): EtcdError {
  if (thrown instanceof EtcdError) return thrown;
  const { code, details } = statusOf(thrown);
  const said = printable(withoutPreamble(details));
  const say = (errorCode: ErrorCode, what: string, traits: Partial<FailureTraits>): EtcdError =>
    new EtcdError(errorCode, `${doing}: etcd at ${endpoint} ${what}`, traits, thrown);

  if (asksForLogin(code, details)) {
    const refused = { needsLogin: true, maybeSent: false };
    // Each member has its own tokens, and forgets them when it restarts: this says nothing about the user and the password.
    if (token !== undefined)
      return say('ETCD_TOKEN', `refuses our token: ${said}`, { ...refused, retryElsewhere: true });
    return say('ETCD_LOGIN', 'requires a login, but no user is configured', refused);
  }
  if (details.includes('authentication failed')) return say('ETCD_LOGIN', 'refuses the user or the password', {});
  if (code === status.PERMISSION_DENIED || details.includes('permission denied'))
    return denied(user, `${doing}: etcd at ${endpoint}`, thrown);
  if (code === status.OUT_OF_RANGE && details.includes('revision'))
    return say('ETCD_REFUSED', `says: ${said}`, { revisionGone: true });
  if (code === status.NOT_FOUND && details.includes('lease not found'))
    return say('ETCD_REFUSED', `says: ${said}`, { leaseGone: true });
  if (code === status.UNAVAILABLE && isTlsTrouble(details))
    return say('ETCD_TLS', `cannot be reached over TLS: ${said}`, { retryElsewhere: true, maybeSent: false });
  if (code === status.UNAVAILABLE)
    return say('ETCD_UNREACHABLE', `does not answer: ${said}`, {
      retryElsewhere: true,
      maybeSent: !neverSent(details),
    });
  if (code === status.DEADLINE_EXCEEDED)
    return say('ETCD_UNREACHABLE', 'did not answer in time', { retryElsewhere: true, silent: true });
  if (details.startsWith(parseErrorPrefix))
    return invalidAnswer(
      doing,
      endpoint,
      `sent an answer that cannot be read: ${details.slice(parseErrorPrefix.length)}`,
      thrown,
    );
  if (/^Received message (larger than|that decompresses to)/.test(details))
    return say('ETCD_ANSWER', `sent an answer that is too large: ${said}`, { tooLarge: true });
  if (code === status.INTERNAL || code === status.UNKNOWN || code === status.CANCELLED)
    return say('ETCD_UNREACHABLE', `aborted the call: ${said}`, { retryElsewhere: true });
  if (code === status.RESOURCE_EXHAUSTED && details.includes('too many requests'))
    return say('ETCD_UNREACHABLE', `is overloaded: ${said}`, { retryElsewhere: true });
  if (details.includes('Channel has been shut down'))
    return say('ETCD_UNREACHABLE', 'lost its connection before the call', { retryElsewhere: true, maybeSent: false });
  return say('ETCD_REFUSED', `refuses: ${said}`, {});
}

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ETCD_DENIED',
  'ETCD_LOGIN',
  'ETCD_PASSWORD_FILE',
  'ETCD_TLS_FILES',
]);

/**
 * True when etcd refuses the user or the permission, or a file of the connection cannot be used: the answer stays the same until an
 * operator acts. A command that ends by itself need not wait for that.
 */
export function isRefusal(error: unknown): error is RollcallError {
  return error instanceof RollcallError && refusals.has(error.code);
}

/** The user of a connection. */
export type EtcdUser = Pick<Credentials, 'username' | 'from'>;

function denied(user: EtcdUser | undefined, begin: string, cause: unknown): EtcdError {
  const named = user === undefined ? '' : ` ${printable(JSON.stringify(user.username))}`;
  const hint =
    user &&
    `The user${named} comes from ${user.from ?? '`etcd.auth`'}. Grant a role of this user the permission (etcdctl role grant-permission), or configure another user there.`;
  return new EtcdError('ETCD_DENIED', `${begin} does not permit this to the user${named}`, {}, cause, hint);
}

/** True when authentication is off in etcd, so that no login is possible or needed. */
export function isAuthDisabled(error: EtcdError): boolean {
  return reasonOf(error).includes('authentication is not enabled');
}

/** The server's own words for a failed call, as one line. */
export function reasonOf(error: EtcdError): string {
  return printable(withoutPreamble(statusOf(error.cause).details));
}

/**
 * etcd's words for a token that it does not know, for one from before a change of users and roles, and for none. Before it applies a
 * request, etcd words the second one in another way, with the status UNKNOWN.
 */
function asksForLogin(code: number, details: string): boolean {
  return (
    code === status.UNAUTHENTICATED ||
    /invalid auth token|revision (of auth store|in header) is old|user name is empty/.test(details)
  );
}

/** Matches the texts of grpc-js for a call that no connection carried. Any other text counts as sent, which is safe. */
function neverSent(details: string): boolean {
  return /^(No connection established|Name resolution failed)/.test(details);
}

function isTlsTrouble(details: string): boolean {
  return /certificate|\bSSL\b|\bTLS\b|ERR_TLS|CERT_|altname|EPROTO|wrong version number/i.test(details);
}

/** The text with which grpc-js begins when a deserializer throws. */
const parseErrorPrefix = 'Response message parsing error: ';

/** Removes the text that grpc-js puts before and after the reason. */
function withoutPreamble(details: string): string {
  return details
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')
    .replace(/\.? Resolution note:.*$/s, '');
}

function statusOf(thrown: unknown): { code: number; details: string } {
  const { code, details } = (thrown ?? {}) as { code?: unknown; details?: unknown };
  return {
    code: typeof code === 'number' ? code : -1,
    details: (typeof details === 'string' ? details : messageOf(thrown)).slice(0, 4096),
  };
}
