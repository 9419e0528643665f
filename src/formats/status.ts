import type { Status } from '../model/instance.js';

const words: Readonly<Record<Status, readonly string[]>> = {
  passing: 'passing pass up healthy ok true alive active ready running serving online enabled warning'.split(' '),
  draining: 'draining drain leaving stopping terminating shutting-down'.split(' '),
  critical:
    'critical down unhealthy false fail failing failed error dead inactive stopped offline disabled starting maintenance maint not-serving out-of-service unavailable'.split(
      ' ',
    ),
};

const statuses = new Map(
  Object.entries(words).flatMap(([status, list]) => list.map((word) => [fold(word), status as Status])),
);

/**
 * The status that a word or a boolean means; undefined for undefined, null for any other value. Case, `_`, `-` and blanks are ignored:
 * `NOT_SERVING` is `not-serving`. Numbers are not accepted, because different writers give them opposite meanings.
 */
export function toStatus(value: unknown): Status | undefined | null {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' && typeof value !== 'boolean') return null;
  return statuses.get(fold(String(value))) ?? null;
}

function fold(word: string): string {
  return word.trim().toLowerCase().replace(/[-_ ]/g, '');
}
