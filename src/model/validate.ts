import { isWildcard, parseAddress } from './address.js';
import type { Fragment, Refusal, RejectionCode } from './format.js';
import type { Instance } from './instance.js';
import { compareText } from './order.js';
import type { Labels, Interner } from './interner.js';

/** The longest texts, in UTF-16 code units, and the most entries. Far more than frameworks write, far less than harms a consumer. */
const limits = { name: 512, text: 256, tags: 256, metadata: 256, metadataValue: 8192 } as const;

const noTags: readonly string[] = Object.freeze([]);
const noMetadata = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * Turns a complete fragment into a frozen instance, or says why it cannot. Never throws. The weight defaults to 1, the status to
 * passing, missing texts to `''`. `reason` names the field and never quotes its value.
 *
 * @param interner shares equal texts and labels among instances
 */
export function validateFragment(
  fragment: Fragment,
  origin: { source: string; key: string },
  interner?: Interner,
): Instance | Refusal {
  const { service, id, scheme = '', zone = '', version = '', weight = 1, status = 'passing' } = fragment;
  if (service === '') return refuse('no-service', 'the service has no name');
  if (id === '') return refuse('bad-name', 'the registration has no id');
  const fault =
    faultOf('the service name', service, limits.name) ??
    faultOf('the id', id, limits.name) ??
    faultOf('the scheme', scheme, limits.text) ??
    faultOf('the zone', zone, limits.text) ??
    faultOf('the version', version, limits.text);
  if (fault !== undefined) return fault;
  const labels = interner?.labels(fragment, () => normalizeLabels(fragment)) ?? normalizeLabels(fragment);
  if ('rejected' in labels) return labels;

  if (fragment.address === undefined || fragment.address === '') return refuse('no-address', 'no address is given');
  const address = parseAddress(fragment.address);
  if (address === undefined)
    return refuse('bad-address', 'the address is neither an IPv4 nor an IPv6 address nor a host name');
  if (isWildcard(address))
    return refuse(
      'wildcard-address',
      'the address is a wildcard: servers listen on it, but clients cannot connect to it',
    );
  const { port } = fragment;
  if (port === undefined) return refuse('no-port', 'no port is given, and the source sets no default');
  if (!isInteger(port, 1, 65_535)) return refuse('bad-port', 'the port is not a whole number from 1 to 65535');
  if (!isInteger(weight, 0, 65_535)) return refuse('bad-weight', 'the weight is not a whole number from 0 to 65535');

  const share = (text: string): string => (text === '' ? text : (interner?.text(text) ?? text));
  return Object.freeze({
    id,
    service: share(service),
    source: origin.source,
    key: origin.key,
    address: address.address,
    family: address.family,
    host: address.host,
    port,
    weight,
    scheme: share(scheme),
    zone: share(zone),
    version: share(version),
    tags: labels.tags,
    metadata: labels.metadata,
    status,
    held: false,
  });
}

function refuse(rejected: RejectionCode, reason: string): Refusal {
  return { rejected, reason };
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/**
 * C0, DEL and C1 controls (such as NEL) and the two Unicode line separators end a line in the files of some consumers. A lone
 * surrogate (from a JSON escape) cannot be written as UTF-8.
 */
// eslint-disable-next-line no-control-regex -- the pattern matches control characters
const unwritable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u;

/** Whether a text can be written into a key or a file, and read back unchanged. */
export function isWritable(text: string): boolean {
  return !unwritable.test(text);
}

function faultOf(what: string, text: string, longest: number): Refusal | undefined {
  if (text === '') return undefined;
  if (text.length > longest) return refuse('bad-name', `${what} is longer than ${longest} characters`);
  if (!isWritable(text)) return refuse('bad-name', `${what} contains a control character or is not text`);
  return undefined;
}

function normalizeLabels({ tags, metadata }: Fragment): Labels | Refusal {
  return faultOfTags(tags) ?? faultOfMetadata(metadata) ?? { tags: sortTags(tags), metadata: sortMetadata(metadata) };
}

function faultOfTags(tags: readonly string[] = []): Refusal | undefined {
  if (tags.length > limits.tags) return refuse('bad-name', `there are more than ${limits.tags} tags`);
  return firstFault(tags, (tag) => faultOf('a tag', tag, limits.text));
}

function faultOfMetadata(metadata: Readonly<Record<string, string>> = {}): Refusal | undefined {
  const entries = Object.entries(metadata);
  if (entries.length > limits.metadata)
    return refuse('bad-name', `there are more than ${limits.metadata} entries of metadata`);
  return firstFault(
    entries,
    ([key, value]) =>
      faultOf('a metadata key', key, limits.text) ?? faultOf('a metadata value', value, limits.metadataValue),
  );
}

function firstFault<T>(items: readonly T[], check: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const fault = check(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function sortTags(tags: readonly string[] = []): readonly string[] {
  return tags.length === 0 ? noTags : Object.freeze([...new Set(tags)].sort(compareText));
}

function sortMetadata(metadata: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return noMetadata;
  const sorted = Object.create(null) as Record<string, string>;
  for (const [key, value] of entries.sort(([a], [b]) => compareText(a, b))) sorted[key] = value;
  return Object.freeze(sorted);
}
