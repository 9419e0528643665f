import { RollcallError, type ErrorCode } from '../model/errors.js';

/** A field that another field manager owns. */
export interface FieldConflict {
  /** The field as the API server writes it: `.data.upstreams`. */
  readonly field: string;
  /** The other manager: `kubectl`. '' when the API server does not name it. */
  readonly manager: string;
}

/** Facts about a failed call that decide what the caller does next. */
export interface FailureTraits {
  /** The status of the answer; 0 without one. */
  readonly status: number;
  /** The machine-readable reason of the API server, such as `AlreadyExists`; '' without one. */
  readonly reason: string;
  /** The object does not exist, although its kind does. */
  readonly absent: boolean;
  /** The same call may succeed soon: the server is overloaded, restarts, or there was no answer. */
  readonly passing: boolean;
  /** False only when it is certain that the API server did not carry out the request: it was never sent, or it was refused. */
  readonly maybeSent: boolean;
  /** The server sent nothing until the deadline. */
  readonly silent: boolean;
  /** The requested resource version is gone: list again. */
  readonly expired: boolean;
  /** The answer exceeds the size limit: ask for less at once. */
  readonly tooLarge: boolean;
  /** Milliseconds that the server asks to wait before the next attempt. */
  readonly retryAfter: number | undefined;
  /** With `KUBE_CONFLICT`: the fields that other managers own. Empty for a conflict of resource versions. */
  readonly conflicts: readonly FieldConflict[];
}

const plain: FailureTraits = {
  status: 0,
  reason: '',
  absent: false,
  passing: false,
  maybeSent: true,
  silent: false,
  expired: false,
  tooLarge: false,
  retryAfter: undefined,
  conflicts: [],
};

/** A failed call to the API server: its message is for the operator, its `traits` for the caller. */
export class KubeError extends RollcallError {
  readonly traits: FailureTraits;

  constructor(
    code: ErrorCode,
    message: string,
    traits: Partial<FailureTraits> = {},
    options: { cause?: unknown; retry?: boolean } = {},
  ) {
    super(code, message, { ...options, retryAfter: traits.retryAfter });
    this.name = 'KubeError';
    this.traits = { ...plain, ...traits };
  }

  /** The same failure, after an earlier attempt that the API server may have carried out. */
  asMaybeSent(): KubeError {
    if (this.traits.maybeSent) return this;
    return new KubeError(
      this.code,
      this.message,
      { ...this.traits, maybeSent: true },
      { cause: this.cause, retry: this.retry },
    );
  }
}

/** The error for an answer that breaks the protocol. @param why follows `the API server at SERVER` in the message */
export function invalidAnswer(
  doing: string,
  server: string,
  why: string,
  traits: Partial<FailureTraits> = {},
): KubeError {
  return new KubeError('KUBE_ANSWER', `${doing}: the API server at ${server} ${why}`, { passing: true, ...traits });
}
