import { RollcallError, messageOf, type ErrorCode } from '../model/errors.js';
import { wordsOf } from './words.js';

/** The status codes that are told apart here (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
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

/** What a failed call means for the caller's next step. */
export interface Bearing {
  /** Another endpoint, or the same one later, may answer. */
  readonly elsewhere: boolean;
  /** The token is not, or no longer, good: log in again. */
  readonly login: boolean;
  /** False only when it is certain that the request never left. */
  readonly sent: boolean;
  /** The revision that was asked for is compacted, or lies in the future of a store that went back. */
  readonly revisionGone: boolean;
  /** The lease that was spoken of is not, or no longer, there. */
  readonly leaseGone: boolean;
  /** The answer is longer than a message may be: less may be asked for at once. */
  readonly tooLong: boolean;
  /** The server kept silent until the deadline. */
  readonly silent: boolean;
}

const plain: Bearing = {
  elsewhere: false,
  login: false,
  sent: true,
  revisionGone: false,
  leaseGone: false,
  tooLong: false,
  silent: false,
};

/** A failure of etcd, for people, and what it means for the next step. */
export class EtcdError extends RollcallError {
  readonly bearing: Bearing;

  constructor(code: ErrorCode, message: string, bearing: Partial<Bearing>, cause?: unknown) {
    super(code, message, { cause });
    this.bearing = { ...plain, ...bearing };
  }
}

/** An endpoint that does not answer: no connection, or no word on it. `sent`: the request may have arrived. */
export function unanswered(doing: string, endpoint: string, why: string, sent: boolean): EtcdError {
  return new EtcdError('ETCD_UNREACHABLE', `${doing}: etcd at ${endpoint} ${why}`, {
    elsewhere: true,
    silent: true,
    sent,
  });
}

/** An answer that no etcd gives. `why` follows `etcd at ENDPOINT`. */
export function nonsense(doing: string, endpoint: string, why: string, cause?: unknown): EtcdError {
  return new EtcdError('ETCD_ANSWER', `${doing}: etcd at ${endpoint} ${wordsOf(why)}`, { elsewhere: true }, cause);
}

/** What a thrown thing means. `doing` and `endpoint` begin the message: `list /services/: etcd at https://…`. */
export function explain(thrown: unknown, doing: string, endpoint: string): EtcdError {
  if (thrown instanceof EtcdError) return thrown;
  const { code, details } = statusOf(thrown);
  const said = wordsOf(short(details));
  const say = (errorCode: ErrorCode, what: string, bearing: Partial<Bearing>): EtcdError =>
    new EtcdError(errorCode, `${doing}: etcd at ${endpoint} ${what}`, bearing, thrown);

  if (isStaleToken(code, details)) return say('ETCD_LOGIN', `does not take our token: ${said}`, { login: true });
  if (details.includes('user name is empty'))
    return say('ETCD_LOGIN', 'wants a login, and we have none', { login: true });
  if (details.includes('authentication failed')) return say('ETCD_LOGIN', 'refuses the user or the password', {});
  if (code === status.PERMISSION_DENIED || details.includes('permission denied'))
    return say('ETCD_DENIED', 'does not permit it to this user', {});
  if (code === status.OUT_OF_RANGE && details.includes('revision'))
    return say('ETCD_REFUSED', `says: ${said}`, { revisionGone: true });
  if (code === status.NOT_FOUND && details.includes('lease not found'))
    return say('ETCD_REFUSED', `says: ${said}`, { leaseGone: true });
  if (code === status.UNAVAILABLE && isTlsTrouble(details))
    return say('ETCD_TLS', `cannot be spoken to over TLS: ${said}`, { elsewhere: true, sent: false });
  if (code === status.UNAVAILABLE)
    return say('ETCD_UNREACHABLE', `does not answer: ${said}`, {
      elsewhere: true,
      sent: !neverSent(details),
    });
  if (code === status.DEADLINE_EXCEEDED)
    return say('ETCD_UNREACHABLE', 'did not answer in time', { elsewhere: true, silent: true });
  if (details.startsWith(unread))
    return nonsense(doing, endpoint, `gives an answer that makes no sense: ${details.slice(unread.length)}`, thrown);
  if (/^Received message (larger than|that decompresses to)/.test(details))
    return say('ETCD_ANSWER', `gives an answer that is too long: ${said}`, { tooLong: true });
  if (code === status.INTERNAL || code === status.UNKNOWN || code === status.CANCELLED)
    return say('ETCD_UNREACHABLE', `broke the call off: ${said}`, { elsewhere: true });
  if (code === status.RESOURCE_EXHAUSTED && details.includes('too many requests'))
    return say('ETCD_UNREACHABLE', `is overloaded: ${said}`, { elsewhere: true });
  if (details.includes('Channel has been shut down'))
    return say('ETCD_UNREACHABLE', 'lost its connection before the call', { elsewhere: true, sent: false });
  return say('ETCD_REFUSED', `refuses: ${said}`, {});
}

/** True when etcd has authentication switched off, so that there is nothing to log in to. */
export function isAuthDisabled(error: EtcdError): boolean {
  return statusOf(error.cause).details.includes('authentication is not enabled');
}

function isStaleToken(code: number, details: string): boolean {
  return (
    code === status.UNAUTHENTICATED ||
    details.includes('invalid auth token') ||
    details.includes('revision of auth store is old')
  );
}

/** grpc-js's words when no connection ever carried the call. Unknown words count as sent, which is the safe side. */
function neverSent(details: string): boolean {
  return /^(No connection established|Name resolution failed)/.test(details);
}

function isTlsTrouble(details: string): boolean {
  return /certificate|\bSSL\b|\bTLS\b|ERR_TLS|CERT_|altname|EPROTO|wrong version number/i.test(details);
}

/** grpc-js's words when reading an answer has thrown. */
const unread = 'Response message parsing error: ';

/** grpc-js puts its whole resolution note behind what matters. */
function short(details: string): string {
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
