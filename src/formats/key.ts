import { z } from 'zod';
import type { Refusal } from '../model/format.js';

/** How many segments before the last one name the service. 0: the last segment names it and is the id too. */
export const depthOption = z
  .int()
  .min(0)
  .max(16)
  .default(1)
  .meta({ description: 'Segments of the key before its last that name the service, 0 to 16.' });

/** The same for writers whose service name may have any number of segments. */
export const pathOption = z
  .int()
  .min(0)
  .max(16)
  .optional()
  .meta({ description: 'Segments of the key before the id that name the service, 0 to 16; all of them when absent.' });

/** The port of registrations that name none. */
export const portOption = z
  .int()
  .min(1)
  .max(65_535)
  .optional()
  .meta({ description: 'Port of registrations that name none.' });

export interface Place {
  readonly service: string;
  readonly id: string;
}

/**
 * Service and id by the key: the id is the last segment, the service the `depth` segments before it, joined by a slash. The
 * whole key counts, whatever the source's prefix. A segment that is needed and empty (`//`, a slash at the end) or absent
 * refuses the key: guessing across it could give a registration to a service that its writer may not write to.
 */
export function splitKey(key: string, depth: number): Place | Refusal {
  const slash = key.lastIndexOf('/');
  const id = key.slice(slash + 1);
  if (id === '') return { rejected: 'no-service', reason: 'the key ends in a slash' };
  if (depth === 0) return { service: id, id };
  let at = slash;
  for (let count = 0; count < depth; count++) {
    const before = at <= 0 ? -1 : key.lastIndexOf('/', at - 1);
    if (at < 0 || before + 1 === at)
      return {
        rejected: 'no-service',
        reason: `the key has no ${depth === 1 ? 'segment' : `${depth} segments`} before its last`,
      };
    at = before;
  }
  return { service: key.slice(at + 1, slash), id };
}

/**
 * Like `splitKey`, for writers whose service name may have any number of segments: without a `depth`, all that stands before
 * the id is the service, a slash at its beginning too.
 *
 * @param at where the slash before the id is
 */
export function splitPath(key: string, depth: number | undefined, at = key.lastIndexOf('/')): Place | Refusal {
  const id = key.slice(at + 1);
  const service = key.slice(0, Math.max(at, 0));
  if (depth === undefined) {
    if (id === '') return { rejected: 'no-service', reason: 'the key ends in a slash' };
    if (service === '') return { rejected: 'no-service', reason: 'the key has no segment before its last' };
    return { service, id };
  }
  if (depth === 0) return { service: id, id };
  const place = splitKey(`${service}/-`, depth);
  return 'rejected' in place ? place : { service: place.service, id };
}

/** An empty value under a key that ends in a slash: what tools write to show a directory. */
export function isDirectory(key: string, value: string): boolean {
  return key.endsWith('/') && value.trim() === '';
}
