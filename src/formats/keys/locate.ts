import type { Refusal } from '../../model/format.js';
import { patternsOf } from './layout.js';
import type { KeyLayout, KeySettings } from './layout.js';
import { matchKey } from './pattern.js';
import type { KeyNames } from './pattern.js';

/** The service and the id that a key stands for. */
export interface ServiceKey {
  readonly service: string;
  readonly id: string;
}

/** The service and the id of a key, and the other parts that its pattern reads. */
export interface LocatedKey extends ServiceKey {
  /** The segments that matched `<_>`, in order. */
  readonly others: readonly string[];
  /** True: the source's config names the service. False: the key does. */
  readonly serviceFromSource: boolean;
}

/** Reads the service and the id from the keys of one source. */
export interface KeyLocator {
  /** Refuses a key that does not begin with the base or does not fit a pattern. */
  locate(key: string): LocatedKey | Refusal;
  /**
   * Whether a pattern matches the end of the key. Formats whose trees hold more than registrations use it: a key that matches is a
   * misplaced registration and is rejected; any other key is ignored.
   */
  matchesEnd(key: string): boolean;
}

/** How many slashes of a key `matchesEnd` tries: it bounds the work for a long key. */
const maxSlashes = 64;

/** @throws RangeError for a pattern of the config that cannot be used */
export function createKeyLocator(layout: KeyLayout, settings: KeySettings): KeyLocator {
  const { base, service: given } = settings;
  const patterns = patternsOf(layout, settings);
  const find = (rest: string): KeyNames | undefined => {
    for (const pattern of patterns) {
      const names = matchKey(pattern, rest, layout.caseInsensitive);
      if (names !== undefined) return names;
    }
    return undefined;
  };
  const where = base === '' ? '' : `, after ${base},`;
  const refusal: Refusal = Object.freeze({
    rejected: 'key-mismatch',
    reason: `the key${where} does not fit ${patterns.map(({ text }) => text).join(' or ')}`,
  });
  return {
    locate(key) {
      const names = key.startsWith(base) ? find(key.slice(base.length)) : undefined;
      if (names === undefined) return refusal;
      const service = given ?? names.service;
      if (service === undefined) return refusal;
      return { service, id: names.id, others: names.others, serviceFromSource: given !== undefined };
    },
    matchesEnd(key) {
      if (find(key) !== undefined) return true;
      let from = key.indexOf('/');
      for (let count = 0; from !== -1 && count < maxSlashes; count++, from = key.indexOf('/', from + 1))
        if (find(key.slice(from + 1)) !== undefined) return true;
      return false;
    },
  };
}
