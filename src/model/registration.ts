import { parseAddress } from './address.js';
import { RollcallError } from './errors.js';
import type { Status } from './instance.js';
import { nearest } from './suggest.js';
import { validateFragment } from './validate.js';

/** What a program says of one endpoint of its own. */
export interface Registration {
  /** With slashes only where the pattern of the key has `<service...>`, as that of kratos and gRPC has. The id has none. */
  readonly service: string;
  /** Default: `address:port`, IPv6 in brackets, which is the same after a quick restart. */
  readonly id?: string | undefined;
  /** An IP address (IPv6 with or without brackets) or a host name: where others reach it, so no wildcard. */
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
 * A registration that was checked: canonical and frozen, with every field but `weight`, which is undefined where the format's
 * default counts. The address is canonical and without brackets, the scheme lower case, tags are sorted and without duplicates,
 * texts that were not given are `''`. Settling it once more changes nothing.
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
 * Checks a registration before anything of it is written, also one that comes from code without types.
 *
 * @throws RollcallError `REGISTRATION_INVALID`, naming the field and what is wrong with it; it never quotes the value
 */
export function normalizeRegistration(registration: Registration): NormalizedRegistration {
  if (typeof registration !== 'object' || (registration as unknown) === null) throw invalid('it is no object');
  const given = { ...registration };
  checkTypes(given);
  const at = parseAddress(given.address);
  const port = given.port;
  const instance = validateFragment(
    {
      ...given,
      port,
      // Without an address, that is what it will be refused for.
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
  if (unknown !== undefined) throw invalid(`it has a field that is not known${suggest(unknown)}`);
  for (const [name, what] of Object.entries(texts) as [keyof typeof texts, string][]) {
    const needed = name === 'service' || name === 'address';
    if (typeof given[name] !== 'string' && (needed || given[name] !== undefined)) throw invalid(`${what} is no text`);
  }
  const { id, scheme, port, tags, metadata, status } = given as unknown as Registration;
  if (id?.includes('/')) throw invalid(`${texts.id} has a slash, which separates the parts of a key`);
  if (!schemePattern.test(scheme ?? '')) throw invalid(`${texts.scheme} is not one of a URL, such as http`);
  if (typeof port !== 'number') throw invalid('the port is no number');
  if (tags !== undefined && !isTags(tags)) throw invalid('the tags are no list of texts, or one is empty');
  if (metadata !== undefined && !isMetadata(metadata)) throw invalid('the metadata is no object of texts');
  if (status !== undefined && !statuses.includes(status))
    throw invalid('the status is none of passing, draining and critical');
}

function suggest(name: string): string {
  const near = nearest(name, names);
  return near === undefined ? `; it may have ${names.join(', ')}` : `; did you mean ${near}?`;
}

function isTags(tags: unknown): boolean {
  return Array.isArray(tags) && Array.from(tags as unknown[]).every((tag) => typeof tag === 'string' && tag !== '');
}

function isMetadata(metadata: unknown): boolean {
  // Also of another realm; a Map or a list has no entries of its own.
  if (Object.prototype.toString.call(metadata) !== '[object Object]') return false;
  return Object.values(metadata as object).every((value) => typeof value === 'string');
}

function invalid(why: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', `the registration cannot be written: ${why}`);
}
