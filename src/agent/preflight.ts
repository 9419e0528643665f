import type { Etcd } from '../etcd/client.js';
import { decideWrite } from '../registrar/decide.js';
import { withDeadline } from '../model/deadline.js';
import { fieldsOf, RollcallError, type ErrorCode } from '../model/errors.js';
import type { Runtime } from '../ports/runtime.js';
import type { RegisterPlan } from './plan.js';

/** Milliseconds. A service must not wait long for an etcd that does not answer. */
const TIMEOUT_MS = 2000;

/** Faults of this command line and its files. What etcd answers about users and permissions is none: it can change at any time. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'REGISTRATION_CONFLICT',
  'ETCD_PASSWORD_FILE',
  'ETCD_TLS_FILES',
]);

/** etcd answers, but does not permit the registration. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ETCD_DENIED', 'ETCD_LOGIN']);

/**
 * Looks at the key before the command is started. If etcd does not answer within two seconds, or refuses the login or the permission, the
 * command starts all the same, and the registration waits for etcd.
 *
 * @throws RollcallError REGISTRATION_CONFLICT when another writer has the key; ETCD_PASSWORD_FILE, ETCD_TLS_FILES when a file of the
 * connection cannot be used
 */
export async function runPreflight(
  etcd: Pick<Etcd, 'range'>,
  { request }: RegisterPlan,
  { clock, log }: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const { key, registration, takeOver } = request;
  const late = (): RollcallError =>
    new RollcallError('ETCD_UNREACHABLE', `read ${key}: etcd did not answer within ${TIMEOUT_MS} ms`);
  try {
    const limits = { timeout: TIMEOUT_MS, clock, signals: [signal], late };
    const { entries } = await withDeadline(limits, (limit) => etcd.range({ key }, limit));
    const decision = decideWrite(entries[0], {
      ...{ value: request.valueOf(registration), lease: '', isFirst: true, takeOver },
      isOwn: () => false,
      isSame: (entry) => request.isSame(entry, registration),
    });
    if (decision.kind === 'taken')
      throw new RollcallError('REGISTRATION_CONFLICT', `register ${key}: another writer has the key`);
  } catch (error) {
    if (error instanceof RollcallError && fatalCodes.has(error.code)) throw error;
    if (signal.aborted) return;
    const refused = error instanceof RollcallError && refusals.has(error.code);
    if (refused)
      log.error(
        { key, ...fieldsOf(error) },
        'etcd refuses the key: starting the command, and trying to register it until etcd permits it',
      );
    else log.warn({ key, ...fieldsOf(error) }, 'etcd did not answer: starting the command without checking the key');
  }
}
