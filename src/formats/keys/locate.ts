import type { Refusal } from '../../model/format.js';
import { patternsOf } from './layout.js';
import type { KeyLayout, KeySettings } from './layout.js';
import { matchKey } from './pattern.js';
import type { KeyNames } from './pattern.js';

/** Which registration a key is. */
export interface ServiceKey {
  readonly service: string;
  readonly id: string;
}

/** A place, and what the key says besides. */
export interface KeyPlace extends ServiceKey {
  /** The segments of `<_>`, in order. */
  readonly others: readonly string[];
  /** The service is the source's, and not read from the key. */
  readonly named: boolean;
}

/** Finds the place of each key of one source. */
export interface Locator {
  /** Refused when the key does not fit. A key that does not begin with the base never fits. */
  locate(key: string): KeyPlace | Refusal;
  /**
   * Whether the end of the key alone would fit: it is meant for a registration, and stands in the wrong place. What is not is another
   * key of the same tree, for formats whose trees hold more than registrations.
   */
  endsLikeOne(key: string): boolean;
}

/** Of a key with more slashes than this, its end is not looked at. */
const deepest = 64;

/** @throws RangeError for a pattern of the config that cannot be used */
export function createLocator(layout: KeyLayout, settings: KeySettings): Locator {
  const { base, service: given } = settings;
  const patterns = patternsOf(layout, settings);
  const find = (rest: string): KeyNames | undefined => {
    for (const pattern of patterns) {
      const names = matchKey(pattern, rest, layout.caseless);
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
      return { service, id: names.id, others: names.others, named: given !== undefined };
    },
    endsLikeOne(key) {
      if (find(key) !== undefined) return true;
      let from = key.indexOf('/');
      for (let count = 0; from !== -1 && count < deepest; count++, from = key.indexOf('/', from + 1))
        if (find(key.slice(from + 1)) !== undefined) return true;
      return false;
    },
  };
}
