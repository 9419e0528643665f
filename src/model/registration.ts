import { parseAddress } from './address.js';
import { RollcallError } from './errors.js';
import type { Status } from './instance.js';
import { nearest } from './suggest.js';
import { validateFragment } from './validate.js';

/** One endpoint that a program registers. */
export interface Registration {
  /** May contain slashes only if the key pattern has `<service...>`, as in kratos and gRPC. */
  readonly service: string;
  /** Has no slash. Default: `address:port`, with IPv6 in brackets, which is the same after a quick restart. */
  readonly id?: string | undefined;
  /** The IP address (IPv6 with or without brackets) or host name at which clients reach the endpoint. No wildcard. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
  /** 0 to 65535. Default: that of the format. */
  readonly weight?: number | undefined;
  /** As in a URL: `http`, `grpc`. */
  readonly scheme?: string | undefined;
  readonly zone?: string | undefined;
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Default: passing. */
  readonly status?: Status | undefined;
}

/**
 * A validated registration, canonical and frozen. Every field is present; `weight` is undefined when the format's default
 * applies. The address is canonical and without brackets, the scheme is in lower case, tags are sorted and without duplicates, and
 * missing texts are `''`. Normalizing it again changes nothing.
 */
export interface NormalizedRegistration extends Registration {
  readonly id: string;
  readonly weight: number | undefined;
  readonly scheme: string;
  readonly zone: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: Status;
}

const texts = {
  service: 'the service name',
  id: 'the id',
  address: 'the address',
  scheme: 'the scheme',
  zone: 'the zone',
  version: 'the version',
} as const;
const names: readonly string[] = [...Object.keys(texts), 'port', 'weight', 'tags', 'metadata', 'status'];
const statuses: readonly unknown[] = ['passing', 'draining', 'critical'] satisfies Status[];

/** RFC 3986 section 3.1. */
const schemePattern = /^(?:[a-z][a-z0-9+.-]*)?$/i;

/**
 * Validates a registration before it is written. Also checks the types, for callers in plain JavaScript.
 *
 * @throws RollcallError `REGISTRATION_INVALID`; it names the field and the problem, and never quotes the value
 */
export function normalizeRegistration(registration: Registration): NormalizedRegistration {
  if (typeof registration !== 'object' || (registration as unknown) === null) throw invalid('it is not an object');
  const given = { ...registration };
  checkTypes(given);
  const at = parseAddress(given.address);
  const port = given.port;
  const instance = validateFragment(
    {
      ...given,
      port,
      // A registration without an address is refused below, whatever its id.
      id: given.id ?? (at === undefined ? '-' : `${at.host}:${port}`),
      scheme: given.scheme?.toLowerCase(),
    },
    { source: '', key: '' },
  );
  if ('rejected' in instance) throw invalid(instance.reason);
  const { service, id, address, scheme, zone, version, tags, metadata, status } = instance;
  const { weight } = given;
  return Object.freeze({ service, id, address, port, weight, scheme, zone, version, tags, metadata, status });
}

function checkTypes(given: Readonly<Partial<Record<keyof Registration, unknown>>>): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`it has an unknown field${suggest(unknown)}`);
  for (const [name, what] of Object.entries(texts) as [keyof typeof texts, string][]) {
    const needed = name === 'service' || name === 'address';
    if (typeof given[name] !== 'string' && (needed || given[name] !== undefined))
      throw invalid(`${what} is not a string`);
  }
  const { id, scheme, port, tags, metadata, status } = given as unknown as Registration;
  if (id?.includes('/')) throw invalid(`${texts.id} contains a slash, which separates the parts of a key`);
  if (!schemePattern.test(scheme ?? '')) throw invalid(`${texts.scheme} is not a URL scheme such as http`);
  if (typeof port !== 'number') throw invalid('the port is not a number');
  if (tags !== undefined && !isTags(tags)) throw invalid('the tags are not an array of non-empty strings');
  if (metadata !== undefined && !isMetadata(metadata))
    throw invalid('the metadata is not an object with string values');
  if (status !== undefined && !statuses.includes(status))
    throw invalid('the status is not passing, draining or critical');
}

function suggest(name: string): string {
  const near = nearest(name, names);
  return near === undefined ? `; the fields are ${names.join(', ')}` : `; did you mean ${near}?`;
}

function isTags(tags: unknown): boolean {
  return Array.isArray(tags) && Array.from(tags as unknown[]).every((tag) => typeof tag === 'string' && tag !== '');
}

function isMetadata(metadata: unknown): boolean {
  // This accepts objects from another realm, and refuses a Map and an array.
  if (Object.prototype.toString.call(metadata) !== '[object Object]') return false;
  return Object.values(metadata as object).every((value) => typeof value === 'string');
}

function invalid(why: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', `the registration cannot be written: ${why}`);
}
