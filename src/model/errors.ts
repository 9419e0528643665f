/**
 * The catalogue of all errors that a user can see. `retry`: whether a later attempt can succeed without a change on this side.
 * `hint`: what to do. docs/errors.md lists every code; a test fails when the two disagree.
 */
export const catalogue = {
  CONFIG_NOT_FOUND: {
    retry: false,
    hint: 'Name the file with -c FILE or $ROLLCALL_CONFIG. `rollcall init` writes a first config.',
  },
  CONFIG_INVALID: { retry: false, hint: 'Correct the lines named above. `rollcall validate` checks the whole file.' },
  FIXTURE_INVALID: {
    retry: false,
    hint: 'Correct the lines named above. docs/testing-templates.md describes fixtures.',
  },
  TEST_INVALID: {
    retry: false,
    hint: 'Correct the lines named above. docs/testing-templates.md describes test files.',
  },
  CHECK_REFUSED: {
    retry: true,
    hint: 'The old outputs stay. rollcall tries the new ones again at least once a minute, and at once when they change.',
  },
  CHECK_UNANSWERED: {
    retry: true,
    hint: 'The old outputs stay. Make sure that the check’s program exists, is executable, and ends in time.',
  },
  RELOAD_FAILED: {
    retry: true,
    hint: 'The outputs are written and the reload is pending. rollcall tries it again until it succeeds.',
  },
  HAPROXY_UNREACHABLE: {
    retry: true,
    hint: 'HAProxy is reloaded instead. Make sure that it runs, that its `global` section has `stats socket PATH level admin`, and that the user of rollcall may write to the socket.',
  },
  RELOAD_TIMED_OUT: {
    retry: true,
    hint: 'The reload is pending and rollcall tries it again. Raise `reload.timeout` if the consumer needs longer.',
  },
  PID_STALE: {
    retry: true,
    hint: 'No signal was sent. Make sure that the consumer runs and writes this pid file. `reload.process` names the expected program.',
  },
  PID_UNTRUSTED: {
    retry: true,
    hint: 'No signal was sent. The pid file must belong to root, to the user of rollcall or to the user of the process, and no other user may write to it. Without `reload.process`, no other user may write to its directory either.',
  },
  CONFIRM_FAILED: {
    retry: true,
    hint: 'The consumer acknowledged the reload, but `confirm` did not succeed. The reload stays pending and rollcall tries it again.',
  },
  CHECK_BROKEN_BEFORE: {
    retry: true,
    hint: 'The old outputs stay, but the check refuses them too. Fix what the check reports about the new outputs first. If it names a file and a line of an output, remove or correct the service there, or make its name resolve. If it names another file, correct that. An output with which the check accepts all is written at once.',
  },
  NOT_LEADER: {
    retry: true,
    hint: 'This process writes nothing more to the cluster. The leader brings the outputs in step.',
  },
  OUTPUT_UNWRITABLE: {
    retry: true,
    hint: 'Nothing was changed. Make sure that the directory exists, that no directory or special file is in the place of the output, and that the user of rollcall may write there.',
  },
  PATH_UNTRUSTED: {
    retry: true,
    hint: 'Nothing was read or written there. Make root or the user of rollcall the owner of the path named above, and take write permission on its directory from all other users (chmod go-w). For a link, you can configure its destination instead.',
  },
  STDOUT_UNWRITABLE: {
    retry: false,
    hint: 'What was printed is not complete. Make room on the disk, or print to another place, and run the command again.',
  },
  OUTPUT_UNREADABLE: {
    retry: false,
    hint: 'Nothing was changed. Run the command as the user of rollcall, or as another user who may read the outputs.',
  },
  OUTPUT_EXPOSED: {
    retry: true,
    hint: 'Nothing was changed. Take the permission to read from other users, or set `mode` for the file.',
  },
  OUTPUT_TOO_LARGE: {
    retry: false,
    hint: 'Nothing was changed. Look for a template that repeats too much, or for a flood of registrations: the target takes less with `select`, and the source with `limits`.',
  },
  OUTPUT_CONFLICT: { retry: false, hint: 'Give each output of the target a different path.' },
  OUTPUT_FOREIGN: {
    retry: true,
    hint: 'Nothing was changed. Choose another `name`, remove the object, or take it over with `force: true`.',
  },
  OBJECT_TOO_LARGE: {
    retry: false,
    hint: 'Nothing was changed. Set `compress: gzip`, write one object for each service, or select fewer services.',
  },
  EXPECTED_REJECTED: {
    retry: false,
    hint: 'An expected service is always in the outputs. Change the template, or remove the service from `expect`.',
  },
  OUTPUT_RACED: {
    retry: true,
    hint: 'Nothing was changed. Another process wrote the same keys or records at the same time. rollcall reads them again and retries.',
  },
  DNS_UNREACHABLE: {
    retry: true,
    hint: 'Make sure that the name server runs and answers over TCP at the configured address. rollcall tries again.',
  },
  DNS_REFUSED: {
    retry: true,
    hint: 'Make sure that the server has this zone as a primary, and allows updates and transfers with the configured key.',
  },
  DNS_ANSWER: {
    retry: true,
    hint: 'Find out what answers at this address: it is no DNS server, or something on the way changes its answers.',
  },
  TSIG_KEY: {
    retry: true,
    hint: 'Write the key with `tsig-keygen NAME` into a file that the user of rollcall can read and no other user can write.',
  },
  UNDO_FAILED: {
    retry: true,
    hint: 'Some outputs may be old and others new. rollcall continues to restore the old outputs before it does anything else.',
  },
  STATE_LOCKED: {
    retry: false,
    hint: 'Stop the other rollcall, or give each its own `stateDir`.',
  },
  OUTPUT_LOCKED: {
    retry: false,
    hint: 'Only one rollcall may write a file. Stop the other one, or give each its own outputs.',
  },
  RESTART_NEEDED: {
    retry: false,
    hint: 'Restart rollcall to use the new value. Until then the old config runs on.',
  },
  STATE_UNUSABLE: {
    retry: false,
    hint: 'Choose a `stateDir` that only the user of rollcall can access (mode 0700). Only root and that user may write to the directories above it, so it cannot be below /tmp. In a container, $ROLLCALL_OWN_VOLUME names a volume that only rollcall uses (docs/howto/container.md).',
  },
  STATE_UNREADABLE: {
    retry: false,
    hint: 'Run the command as the user of rollcall (sudo -u USER). Without this file, the answer could differ from that of `run`.',
  },
  STATE_UNWRITABLE: {
    retry: true,
    hint: 'Make sure that the disk of `stateDir` has free space and is writable.',
  },
  ADMIN_UNAVAILABLE: {
    retry: true,
    hint: 'The targets are kept in step all the same. Correct `admin` in the config, or free the address. rollcall tries again.',
  },
  ADMIN_UNREACHABLE: {
    retry: false,
    hint: 'Start `rollcall run` with this config, or name another one with `-c`.',
  },
  ADMIN_REFUSED: {
    retry: false,
    hint: 'Run the command as the user of rollcall (sudo -u USER), or give the token of `admin` with `--token-file`.',
  },
  TARGET_UNKNOWN: { retry: false, hint: '`rollcall status` lists the targets of the running process.' },
  NOT_A_REGISTRY: {
    retry: false,
    hint: 'Set the source’s prefix, or its etcd, to where services register, or set its `format`.',
  },
  DISCOVERY_INVALID: { retry: false, hint: 'Correct the option. docs/library.md lists all options.' },
  REGISTRY_CLOSED: { retry: false, hint: 'Call `connect` again: a closed registry cannot be opened again.' },
  ETCD_UNREACHABLE: {
    retry: true,
    hint: 'Check that etcd runs and answers at the configured endpoints. Commands that keep running keep retrying.',
  },
  ETCD_ANSWER: {
    retry: true,
    hint: 'Find out what answers at this endpoint: it is not a healthy etcd, or a proxy changes its answers. The last known data stays in use.',
  },
  ETCD_TLS: {
    retry: true,
    hint: 'Make sure that the endpoint uses TLS, that the authority in `etcd.tls.ca` signed its certificate, and that the certificate is valid for the endpoint’s host (or set `etcd.tls.serverName`).',
  },
  ETCD_TLS_FILES: {
    retry: true,
    hint: 'Make sure that the files in `etcd.tls` exist, are readable, contain PEM, and that the key belongs to the certificate.',
  },
  ETCD_LOGIN: {
    retry: true,
    hint: 'Correct the user and the password in `etcd.auth`, in ETCDCTL_USER and ETCDCTL_PASSWORD, or in etcd.',
  },
  ETCD_TOKEN: {
    retry: true,
    hint: 'rollcall logs in again by itself. If this lasts, make sure that all members of etcd have the same `--auth-token`, and that a proxy in front of etcd passes the header `token` on.',
  },
  ETCD_PASSWORD_FILE: {
    retry: true,
    hint: 'Make sure that the file in `etcd.auth.passwordFile` exists and is readable.',
  },
  ETCD_DENIED: {
    retry: true,
    hint: 'Grant a role of the user the permission on these keys: etcdctl role grant-permission.',
  },
  ETCD_REFUSED: { retry: false, hint: 'The message quotes the reason from etcd.' },
  KUBE_CONFIG: {
    retry: false,
    hint: 'Correct the kubeconfig, or name another one. `kubectl --kubeconfig FILE version` uses the same file. In a pod, mount the token of the ServiceAccount.',
  },
  KUBE_CREDENTIALS: {
    retry: true,
    hint: 'Make sure that the files and the credential program that the kubeconfig names exist and can be used by the user of rollcall.',
  },
  KUBE_UNREACHABLE: {
    retry: true,
    hint: 'Check that the API server runs and answers at this address. rollcall keeps retrying, and nothing is lost meanwhile.',
  },
  KUBE_TLS: {
    retry: true,
    hint: 'Make sure that the authority in the kubeconfig signed the certificate of the API server, and that the certificate is valid for its host (or set `tls-server-name`).',
  },
  KUBE_ANSWER: {
    retry: true,
    hint: 'Find out what answers at this address: it is not a healthy API server, or a proxy changes its answers.',
  },
  KUBE_LOGIN: {
    retry: true,
    hint: 'The token or client certificate is unknown or expired. Renew the credentials that the kubeconfig names, or the token of the ServiceAccount.',
  },
  KUBE_DENIED: {
    retry: true,
    hint: 'Bind a Role with this verb and resource to the user or ServiceAccount that the message names.',
  },
  KUBE_CONFLICT: {
    retry: true,
    hint: 'Nothing was changed. Let only one program manage these fields of the object, or give the object another name.',
  },
  KUBE_REFUSED: { retry: false, hint: 'Nothing was changed. The message quotes the reason from the API server.' },
  REGISTRATION_INVALID: {
    retry: false,
    hint: 'Nothing was written. Correct the field, or choose a format that supports it: docs/formats.md.',
  },
  CHILD_NOT_STARTED: {
    retry: false,
    hint: 'Make sure that the program after `--` exists, is in PATH or given by its path, and is executable.',
  },
  REGISTRATION_CONFLICT: {
    retry: false,
    hint: 'Nothing was written. Choose another id, end the other registration, or replace it with `takeOver` (`--take-over`).',
  },
  TEMPLATE_INVALID: {
    retry: false,
    hint: 'Correct the lines named above. docs/templates.md lists what a template may use. `rollcall validate` checks all templates.',
  },
  RENDER_FAILED: {
    retry: false,
    hint: 'The outputs stay as they are until the template, its vars or its data change. Correct what the message names.',
  },
} as const satisfies Record<string, { retry: boolean; hint: string }>;

/** A code of docs/errors.md. */
export type ErrorCode = keyof typeof catalogue;

/**
 * An error that a user can see. The message says what failed, where and why; `hint` says what to do. `retry` is true if a later
 * attempt can help; the controller retries only these with growing delays.
 */
export class RollcallError extends Error {
  readonly code: ErrorCode;
  readonly retry: boolean;
  readonly hint: string;
  /** Milliseconds that a server asks to wait before the next attempt. Undefined: it has not said so. */
  readonly retryAfter: number | undefined;

  /** @param options `hint` and `retry` override those of the catalogue, where the caller knows more. */
  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string; retry?: boolean; retryAfter?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RollcallError';
    this.code = code;
    this.retry = options.retry ?? catalogue[code].retry;
    this.hint = options.hint ?? catalogue[code].hint;
    this.retryAfter = options.retryAfter;
  }
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of the root cause of any thrown value; for an AggregateError, those of all its errors. */
export function rootMessageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(rootMessageOf).join('; ');
  return error instanceof Error && error.cause !== undefined ? rootMessageOf(error.cause) : messageOf(error);
}

/** The log fields for any thrown value: message, code and hint; for an unexpected error, message and stack. */
export function fieldsOf(error: unknown): object {
  if (error instanceof RollcallError) return { error: error.message, code: error.code, hint: error.hint };
  return { error: messageOf(error), ...(error instanceof Error && { stack: error.stack }) };
}
