/**
 * The one catalogue of errors that reach people. `retry`: can the same thing succeed later without anybody changing
 * anything here. `hint`: what to do. docs/errors.md lists every code, and a test fails when the two disagree.
 */
export const catalogue = {
  CONFIG_NOT_FOUND: {
    retry: false,
    hint: 'Name the file with -c FILE or $ROLLCALL_CONFIG; `rollcall init` writes one to begin with.',
  },
  CONFIG_INVALID: { retry: false, hint: 'Correct the lines named above; `rollcall validate` checks the whole file.' },
  FIXTURE_INVALID: {
    retry: false,
    hint: 'Correct the lines named above; docs/testing-templates.md shows what a fixture may hold.',
  },
  TEST_INVALID: {
    retry: false,
    hint: 'Correct the lines named above; docs/testing-templates.md shows what a test may say.',
  },
  CHECK_REFUSED: {
    retry: false,
    hint: 'The old outputs are back. Run the check by hand to see the consumer’s complaint.',
  },
  CHECK_UNANSWERED: {
    retry: true,
    hint: 'The old outputs are back. See that the check exists, may be run, and ends in time.',
  },
  RELOAD_FAILED: {
    retry: true,
    hint: 'The outputs are in place and the reload is pending. It is tried again until it succeeds.',
  },
  RELOAD_TIMED_OUT: {
    retry: true,
    hint: 'The reload is pending and is tried again. Raise `reload.timeout` if the consumer needs longer.',
  },
  PID_STALE: {
    retry: true,
    hint: 'Nothing was signalled. See that the consumer runs and writes this pid file; `reload.process` names the expected program.',
  },
  PID_UNTRUSTED: {
    retry: true,
    hint: 'Nothing was signalled. The pid file must belong to root, to the user of rollcall or to the user of the process, and nobody else may write it, or in its folder where `reload.process` names no program.',
  },
  CONFIRM_FAILED: {
    retry: true,
    hint: 'The reload was acknowledged but its effect was not seen. The reload stays pending and is tried again.',
  },
  CHECK_BROKEN_BEFORE: {
    retry: true,
    hint: 'The old outputs are back, and the check refuses those as well: mend what the check complains of outside the outputs.',
  },
  OUTPUT_UNWRITABLE: {
    retry: true,
    hint: 'Nothing was changed. See that the place exists, is what it should be, and may be written by the user of rollcall.',
  },
  PATH_UNTRUSTED: {
    retry: true,
    hint: 'Nothing was read or written there. Give what is named above to root or to the user of rollcall, and let nobody else write in the folder where it lies (chmod go-w); or configure the path that it leads to.',
  },
  OUTPUT_UNREADABLE: {
    retry: false,
    hint: 'Nothing was changed. Run it as the user of rollcall, or as one who may read the outputs.',
  },
  OUTPUT_CONFLICT: { retry: false, hint: 'Give each output of the target a place of its own.' },
  EXPECTED_REJECTED: {
    retry: false,
    hint: 'An expected service is always in the outputs: change the template, or take it out of `expect`.',
  },
  OUTPUT_RACED: {
    retry: true,
    hint: 'Nothing was changed. Somebody else wrote to the same place at the same moment; it is looked at again.',
  },
  UNDO_FAILED: {
    retry: true,
    hint: 'Old and new outputs may stand side by side. The undoing is taken up again before anything else is done.',
  },
  STATE_LOCKED: {
    retry: false,
    hint: 'End the other rollcall, or give each its own `stateDir`.',
  },
  STATE_UNUSABLE: {
    retry: false,
    hint: 'Name a `stateDir` that belongs to the user of rollcall alone (mode 0700), where only root and that user may write on the whole way to it: not below /tmp.',
  },
  STATE_UNWRITABLE: {
    retry: true,
    hint: 'See that the disk of `stateDir` has room and may be written.',
  },
  NOT_A_REGISTRY: {
    retry: false,
    hint: 'Point the source at the prefix, or at the etcd, where services register; or name its `format`.',
  },
  DISCOVERY_INVALID: { retry: false, hint: 'Correct the option; docs/library.md lists them all.' },
  REGISTRY_CLOSED: { retry: false, hint: 'Connect anew: what is closed stays closed.' },
  ETCD_UNREACHABLE: {
    retry: true,
    hint: 'Check that etcd runs and answers at the configured endpoints. Commands that keep running keep retrying.',
  },
  ETCD_ANSWER: {
    retry: true,
    hint: 'See what answers at this endpoint: it is no healthy etcd, or something between changes its answers. What was known before stays in force.',
  },
  ETCD_TLS: {
    retry: true,
    hint: 'See that the endpoint speaks TLS, that `etcd.tls.ca` signs its certificate and that the name in it is the endpoint’s (or set `etcd.tls.serverName`).',
  },
  ETCD_TLS_FILES: {
    retry: true,
    hint: 'See that the files under `etcd.tls` exist, may be read, are PEM, and that the key belongs to the certificate.',
  },
  ETCD_LOGIN: { retry: true, hint: 'Correct `etcd.auth`, or the user in etcd.' },
  ETCD_PASSWORD_FILE: { retry: true, hint: 'See that `etcd.auth.passwordFile` exists and may be read.' },
  ETCD_DENIED: {
    retry: true,
    hint: 'Grant the role of `etcd.auth.username` these keys: etcdctl role grant-permission.',
  },
  ETCD_REFUSED: { retry: false, hint: 'etcd’s own words say why.' },
  REGISTRATION_INVALID: {
    retry: false,
    hint: 'Nothing was written. Correct the field, or take a format that has a place for it: docs/formats.md.',
  },
  CHILD_NOT_STARTED: {
    retry: false,
    hint: 'See that the program after `--` exists, is in PATH or named by its path, and may be run.',
  },
  REGISTRATION_CONFLICT: {
    retry: false,
    hint: 'Nothing was written. Give it another id, end the other one, or replace it with `takeOver` (`--take-over`).',
  },
  TEMPLATE_INVALID: {
    retry: false,
    hint: 'Correct the lines named above; docs/templates.md lists what a template may use. `rollcall validate` checks them all.',
  },
  RENDER_FAILED: {
    retry: false,
    hint: 'The outputs stay as they are until the template, its vars or what it reads changes. Guard the value with {{#if}} or give it a default.',
  },
} as const satisfies Record<string, { retry: boolean; hint: string }>;

/** One of docs/errors.md. */
export type ErrorCode = keyof typeof catalogue;

/**
 * An error for people: what failed, where, why (the message), and what to do (`hint`).
 * `retry` tells whether trying again can help; the controller backs off only on those that can.
 */
export class RollcallError extends Error {
  readonly code: ErrorCode;
  readonly retry: boolean;
  readonly hint: string;

  /** @param options.hint overrides the catalogue's, where the place of the failure knows better. */
  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string; retry?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RollcallError';
    this.code = code;
    this.retry = options.retry ?? catalogue[code].retry;
    this.hint = options.hint ?? catalogue[code].hint;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of what is at the bottom of anything thrown: its last cause; of several at once, each. */
export function rootMessageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(rootMessageOf).join('; ');
  return error instanceof Error && error.cause !== undefined ? rootMessageOf(error.cause) : messageOf(error);
}

/** The fields with which a log line tells of anything thrown: what, and what to do; of a fault of ours, where. */
export function fieldsOf(error: unknown): object {
  if (error instanceof RollcallError) return { error: error.message, code: error.code, hint: error.hint };
  return { error: messageOf(error), ...(error instanceof Error && { stack: error.stack }) };
}
