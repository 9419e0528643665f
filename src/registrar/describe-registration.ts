import { describeProblem } from '../model/describe-problem.js';
import type { NormalizedRegistration } from '../model/registration.js';
import { showTime } from '../model/show-time.js';
import type { Notifier } from './notifier.js';
import type { RegistrationStatus } from './registered.js';

export interface DescribedRegistration {
  readonly key: string;
  readonly registration: NormalizedRegistration;
  readonly told: Pick<Notifier, 'last' | 'since'>;
  /** The last failure to bring etcd in step, if no success followed it. */
  readonly failure: Error | undefined;
}

/** The status of a registration. Undefined before its first change. */
export function describeRegistration({
  key,
  registration,
  told,
  failure,
}: DescribedRegistration): RegistrationStatus | undefined {
  if (told.last === undefined) return undefined;
  const { service, id } = registration;
  const { state, reason, detail } = told.last;
  const problem = failure === undefined ? {} : { problem: describeProblem(failure) };
  return { key, service, id, state, since: showTime(told.since), reason, detail, ...problem };
}
