import type { Etcd } from '../etcd/client.js';
import { decideWrite } from '../registrar/decide.js';
import { withDeadline } from '../model/deadline.js';
import { fieldsOf, RollcallError, type ErrorCode } from '../model/errors.js';
import type { Runtime } from '../ports.js';
import type { RegisterPlan } from './plan.js';

/** Milliseconds. A service must not wait long for an etcd that is away. */
const TIMEOUT_MS = 2000;

/** With these, a service would never be registered until somebody acts. */
const fatal: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['REGISTRATION_CONFLICT', 'ETCD_DENIED', 'ETCD_LOGIN']);

/**
 * Looks whether the key can be had, before there is a child that would serve in vain. An etcd that does not answer in two seconds hinders
 * nothing: the registration waits for it, and the service does not.
 *
 * @throws RollcallError REGISTRATION_CONFLICT when somebody else has the key; ETCD_DENIED, ETCD_LOGIN
 */
export async function runPreflight(
  etcd: Pick<Etcd, 'range'>,
  { order }: RegisterPlan,
  { clock, log }: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const { key, registration, takeOver } = order;
  const late = (): RollcallError =>
    new RollcallError('ETCD_UNREACHABLE', `read ${key}: etcd did not answer within ${TIMEOUT_MS} ms`);
  try {
    const limits = { timeout: TIMEOUT_MS, clock, signals: [signal], late };
    const { entries } = await withDeadline(limits, (limit) => etcd.range({ key }, limit));
    const verdict = decideWrite(entries[0], {
      ...{ value: order.valueOf(registration), lease: '', first: true, takeOver },
      isOwn: () => false,
      isSame: (entry) => order.isSame(entry, registration),
    });
    if (verdict.kind === 'taken')
      throw new RollcallError('REGISTRATION_CONFLICT', `register ${key}: somebody else has the key`);
  } catch (error) {
    if (error instanceof RollcallError && fatal.has(error.code)) throw error;
    if (!signal.aborted) log.warn({ key, ...fieldsOf(error) }, 'etcd does not answer: the command starts all the same');
  }
}
