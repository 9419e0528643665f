import { writerOf } from '../formats/writers/registry.js';
import type { KeyPlacement } from '../formats/writers/writer.js';
import type { Entry } from '../model/entry.js';
import { RollcallError } from '../model/errors.js';
import { normalizeRegistration, type Registration, type NormalizedRegistration } from '../model/registration.js';
import { isWritable } from '../model/validate.js';
import type { RegisterOptions } from './registered.js';

/** A registration and its options, checked. */
export interface RegistrationRequest {
  readonly registration: NormalizedRegistration;
  readonly key: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly takeOver: boolean;
  /** Milliseconds; Infinity: for ever. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /**
   * What stands under the key for it; undefined where the format has no word for its status.
   * @throws RollcallError REGISTRATION_INVALID for what the format cannot say
   */
  valueOf(registration: NormalizedRegistration): string | undefined;
  /** Whoever wrote this entry meant this same id at this same address and port. */
  isSame(entry: Entry, registration: NormalizedRegistration): boolean;
}

/** The longest that a timer waits (2^31 - 1 ms); Node fires one that is longer at once. */
const longest = 2_147_483_647;

/** @throws RollcallError REGISTRATION_INVALID */
export function normalizeRequest(given: Registration, options: RegisterOptions): RegistrationRequest {
  const { pattern, key: whole } = splitKeyOption(options.key);
  const registration = normalizeRegistration(withId(given, pattern));
  const writer = writerOf(options.format ?? 'json');
  const { ttl = 10_000, timeout = 10_000, takeOver = false, prefix, signal } = options;
  if (!Number.isInteger(ttl / 1000) || ttl < 1000 || ttl > 86_400_000)
    throw invalid('the ttl must be whole seconds, in milliseconds, from 1000 to a day');
  if (typeof timeout !== 'number' || !(timeout > 0)) throw invalid('the timeout must be milliseconds, more than 0');
  if (prefix !== undefined && whole !== undefined) throw invalid('a prefix and a whole key exclude each other');
  const keys: KeyPlacement = { prefix, pattern };

  const write = (one: NormalizedRegistration): { readonly key: string; readonly value: string | undefined } => {
    const written = writer.write(one, keys);
    if ('rejected' in written) throw invalid(written.reason);
    return written;
  };
  const { key: usual } = write(registration);
  const key = whole ?? usual;
  if (typeof key !== 'string' || key === '' || !isWritable(key))
    throw invalid('the key is no text that can be written');
  return {
    registration,
    key,
    ttl,
    takeOver,
    timeout: timeout > longest ? Infinity : timeout,
    signal,
    valueOf: (one) => write(one).value,
    isSame(entry, one) {
      // Under a key of the caller's own choice a format may read something else, or nothing.
      if (entry.value === write(one).value) return true;
      const there = writer.read(entry.key, entry.value, whole === undefined ? keys : keysOfWhole(whole));
      return (
        there !== undefined &&
        (['service', 'id', 'address', 'port'] as const).every((field) => there[field] === one[field])
      );
    },
  };
}

/** With angle brackets it is a pattern, else a whole key. */
function splitKeyOption(key: unknown): { readonly pattern?: string; readonly key?: string } {
  if (key === undefined) return {};
  if (typeof key !== 'string') throw invalid('the key is no text');
  if (key === '') throw invalid('the key is empty');
  if (/[<>]/.test(key)) return { pattern: key };
  if (/.\/\/|\/$/.test(key)) throw invalid('the key has an empty segment, so that no source could read it');
  return { key };
}

/** Where the pattern has no place for an id, it is what the format reads: the service. */
function withId(given: Registration, pattern: string | undefined): Registration {
  const hasPlace = pattern === undefined || pattern.split('/').includes('<id>');
  return hasPlace || given.id !== undefined ? given : { ...given, id: given.service };
}

/** As the keys of most formats are: the last segment is the id, the one before it the service. */
function keysOfWhole(key: string): KeyPlacement {
  return { prefix: key.slice(0, key.lastIndexOf('/', key.lastIndexOf('/') - 1) + 1) };
}

function invalid(why: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', `the registration cannot be written: ${why}`);
}
