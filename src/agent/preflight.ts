import type { Etcd } from '../etcd/client.js';
import { decideWrite } from '../registrar/decide.js';
import { withDeadline } from '../model/deadline.js';
import { fieldsOf, RollcallError, type ErrorCode } from '../model/errors.js';
import type { Runtime } from '../ports.js';
import type { RegisterPlan } from './plan.js';

/** Milliseconds. A service must not wait long for an etcd that does not answer. */
const TIMEOUT_MS = 2000;

/** With these, the service cannot be registered until the operator acts. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['REGISTRATION_CONFLICT', 'ETCD_DENIED', 'ETCD_LOGIN']);

/**
 * Checks that the key can be written, before the command is started. If etcd does not answer within two seconds, the command starts
 * without that check, and the registration waits for etcd.
 *
 * @throws RollcallError REGISTRATION_CONFLICT when another writer has the key; ETCD_DENIED, ETCD_LOGIN
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
    if (!signal.aborted)
      log.warn({ key, ...fieldsOf(error) }, 'etcd did not answer: starting the command without checking the key');
  }
}
