import { writerOf } from '../formats/writers/registry.js';
import type { KeyPlacement } from '../formats/writers/writer.js';
import type { Entry } from '../model/entry.js';
import { RollcallError } from '../model/errors.js';
import { normalizeRegistration, type Registration, type NormalizedRegistration } from '../model/registration.js';
import { isWritable } from '../model/validate.js';
import type { RegisterOptions } from './registered.js';

/** A registration and its options, checked and with defaults filled in. */
export interface RegistrationRequest {
  readonly registration: NormalizedRegistration;
  readonly key: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly takeOver: boolean;
  readonly whenHeld: 'adopt' | 'wait';
  /** Milliseconds; Infinity: no limit. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /**
   * The value of the key. Undefined when the format cannot express the status: the key must then not exist.
   * @throws RollcallError REGISTRATION_INVALID for a field that the format cannot express
   */
  valueOf(registration: NormalizedRegistration): string | undefined;
  /** True when the entry registers the same id at the same address and port. */
  isSame(entry: Entry, registration: NormalizedRegistration): boolean;
}

/** The longest delay of a Node timer (2^31 - 1 ms). Node fires a longer one at once. */
const longestDelay = 2_147_483_647;

/** @throws RollcallError REGISTRATION_INVALID */
export function normalizeRequest(given: Registration, options: RegisterOptions): RegistrationRequest {
  const { pattern, key: wholeKey } = splitKeyOption(options.key);
  const registration = normalizeRegistration(withId(given, pattern));
  const writer = writerOf(options.format ?? 'json');
  const { ttl = 10_000, timeout = 10_000, takeOver = false, whenHeld = 'adopt', prefix, signal } = options;
  if (!Number.isInteger(ttl / 1000) || ttl < 1000 || ttl > 86_400_000)
    throw invalid('the ttl must be whole seconds, in milliseconds, from 1000 to a day');
  if (typeof timeout !== 'number' || !(timeout > 0)) throw invalid('the timeout must be milliseconds, more than 0');
  if (prefix !== undefined && wholeKey !== undefined) throw invalid('give either a prefix or a whole key, not both');
  const keys: KeyPlacement = { prefix, pattern };

  const write = (one: NormalizedRegistration): { readonly key: string; readonly value: string | undefined } => {
    const written = writer.write(one, keys);
    if ('rejected' in written) throw invalid(written.reason);
    return written;
  };
  const { key: usual } = write(registration);
  const key = wholeKey ?? usual;
  if (typeof key !== 'string' || key === '' || !isWritable(key))
    throw invalid('the key is not text that can be written');
  return {
    registration,
    key,
    ttl,
    takeOver,
    whenHeld,
    timeout: timeout > longestDelay ? Infinity : timeout,
    signal,
    valueOf: (one) => write(one).value,
    isSame(entry, one) {
      // Under a key that the caller chose, the format may read another service or nothing.
      if (entry.value === write(one).value) return true;
      const there = writer.read(entry.key, entry.value, wholeKey === undefined ? keys : keysOfWhole(wholeKey));
      return (
        there !== undefined &&
        (['service', 'id', 'address', 'port'] as const).every((field) => there[field] === one[field])
      );
    },
  };
}

/** A key with angle brackets is a pattern; any other is a whole key. */
function splitKeyOption(key: unknown): { readonly pattern?: string; readonly key?: string } {
  if (key === undefined) return {};
  if (typeof key !== 'string') throw invalid('the key is not text');
  if (key === '') throw invalid('the key is empty');
  if (/[<>]/.test(key)) return { pattern: key };
  if (/.\/\/|\/$/.test(key)) throw invalid('the key has an empty segment, so no source could read it');
  return { key };
}

/** A pattern without `<id>` gets the service as id: formats read it so. */
function withId(given: Registration, pattern: string | undefined): Registration {
  const hasId = pattern === undefined || pattern.split('/').includes('<id>');
  return hasId || given.id !== undefined ? given : { ...given, id: given.service };
}

/** The prefix of a whole key, as most formats have it: the last segment is the id, the one before it the service. */
function keysOfWhole(key: string): KeyPlacement {
  return { prefix: key.slice(0, key.lastIndexOf('/', key.lastIndexOf('/') - 1) + 1) };
}

function invalid(why: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', `the registration cannot be written: ${why}`);
}
