import { messageOf, rootMessageOf, type ErrorCode } from '../../model/errors.js';
import { DeadlineError } from '../../model/deadline.js';
import { printable } from '../../model/printable.js';
import { KubeError, type FailureTraits, type FieldConflict } from '../failure.js';
import { retryAfterOf, statusOf, type Status } from './status.js';

/** The context of a call, for the messages of its failures. */
export interface CallContext {
  /** Begins the message: `apply configmaps edge/upstreams`. It never contains a value. */
  readonly doing: string;
  /** Address of the API server. */
  readonly server: string;
}

/** An answer that is no success. */
export interface BadAnswer {
  readonly status: number;
  /** The value of the header `retry-after`, if there is one. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** The error for an answer that is no success (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export function explainAnswer({ doing, server }: CallContext, answer: BadAnswer): KubeError {
  const { status } = answer;
  const said = statusOf(answer.body);
  // Without a Status, a proxy or another server may have answered: its page is not worth a line of a log.
  const words = said.message === '' ? `answered with status ${status}` : `says: ${printable(said.message)}`;
  const say = (code: ErrorCode, traits: Partial<FailureTraits>, what = words, retry?: boolean): KubeError =>
    new KubeError(
      code,
      `${doing}: the API server at ${server} ${what}`,
      { status, reason: said.reason, ...traits },
      retry === undefined ? {} : { retry },
    );
  const refused = { maybeSent: false };

  if (status === 401) return say('KUBE_LOGIN', refused, 'does not accept our credentials');
  if (status === 403) return say('KUBE_DENIED', refused);
  if (status === 409) return say('KUBE_CONFLICT', { ...refused, conflicts: conflictsOf(said) });
  if (status === 410) return say('KUBE_REFUSED', { ...refused, expired: true });
  if (status === 429)
    return say(
      'KUBE_UNREACHABLE',
      { ...refused, passing: true, retryAfter: retryAfterOf(said, answer.retryAfter) },
      `is overloaded: ${words}`,
    );
  if (status >= 500)
    return say('KUBE_UNREACHABLE', { passing: true, retryAfter: retryAfterOf(said, answer.retryAfter) });
  if (status < 400)
    return say('KUBE_ANSWER', { passing: true }, `answered with status ${status}, which is not followed`);
  // An object, a namespace or a kind that does not exist yet can be created. For an unknown kind, the Status names none.
  if (status === 404)
    return say('KUBE_REFUSED', { ...refused, absent: said.reason === 'NotFound' && said.kind !== '' }, words, true);
  return say('KUBE_REFUSED', refused);
}

/** What is known about a connection when it fails. */
export interface ConnectionFacts {
  /** The request may have left this process. */
  readonly connected: boolean;
}

/** The error for a call without a whole answer. */
export function explainBreak(
  { doing, server }: CallContext,
  thrown: unknown,
  { connected }: ConnectionFacts,
): KubeError {
  if (thrown instanceof KubeError) return thrown;
  const say = (code: ErrorCode, what: string, traits: Partial<FailureTraits> = {}): KubeError =>
    new KubeError(
      code,
      `${doing}: the API server at ${server} ${what}`,
      { passing: true, maybeSent: connected, ...traits },
      { cause: thrown },
    );
  if (thrown instanceof DeadlineError)
    return connected
      ? say('KUBE_UNREACHABLE', `did not answer within ${thrown.timeout} ms`, { silent: true })
      : say('KUBE_UNREACHABLE', `did not accept a connection within ${thrown.timeout} ms`, { silent: true });
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  const words = printable(thrown instanceof AggregateError ? rootMessageOf(thrown) : messageOf(thrown));
  if (typeof code === 'string' && code.startsWith('HPE_')) return say('KUBE_ANSWER', `does not speak HTTP: ${words}`);
  if (!connected && isTlsTrouble(code, words)) return say('KUBE_TLS', `cannot be reached over TLS: ${words}`);
  return connected
    ? say('KUBE_UNREACHABLE', `broke the connection: ${words}`)
    : say('KUBE_UNREACHABLE', `cannot be reached: ${words}`);
}

/** The codes of OpenSSL's verdicts on certificates have no common form (https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes). */
function isTlsTrouble(code: unknown, words: string): boolean {
  if (
    typeof code === 'string' &&
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)|CERT|UNABLE_TO_|CRL_|HOSTNAME_MISMATCH/.test(code)
  )
    return true;
  return /certificate|wrong version number/i.test(words);
}

/** A server-side apply names the other managers in its causes: `conflict with "kubectl" using v1 at …`. */
function conflictsOf({ causes }: Status): FieldConflict[] {
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({
      field: printable(field),
      manager: printable(/^conflict with "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? ''),
    }));
}
