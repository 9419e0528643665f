import { parseObject } from './record.js';

interface SplitKey {
  readonly whole: string;
  /** The key before the last slash. `last` is the key after it. */
  readonly head: string;
  readonly last: string;
}
type Fields = Readonly<Record<string, unknown>>;

/** Recognises keys that only one framework writes. */
const byKey = {
  'dubbo-interface': ({ head, last }) => head.endsWith('/providers') && /%3a%2f%2f/i.test(last),
  traefik: ({ whole }) =>
    /(?:^|\/)(?:http|tcp|udp)\/services\/[^/]+\/loadbalancer\/servers\/[^/]+\/[^/]+$/i.test(whole),
  'traefik-v1': ({ whole }) => /(?:^|\/)backends\/[^/]+\/servers\/[^/]+\/(?:url|weight|tags)$/.test(whole),
  rpcx: ({ last }, value) => rpcxAddress.test(last) && !value.startsWith('{'),
  nestcloud: ({ last }) => last.startsWith('service__') && last.split('__').length >= 4,
  'jetcd-resolver': ({ whole }, value) =>
    /^\d{1,20}$/.test(value) && whole.includes('://') && /:\d{1,5}$/.test(whole.slice(-6)),
  // Older versions of Patroni wrote this value. The database is the only name in it.
  patroni: ({ head }, value) => head.endsWith('/members') && /^postgres(?:ql)?:\/\//.test(value),
  goframe: (key, value) => value === '' && isGoframe(key),
} as const satisfies Record<string, (key: SplitKey, value: string) => boolean>;

/** Recognises sets of fields that only one framework writes, in some cases only below a certain path. */
const byFields = {
  jupiter: (fields) => has(fields, 'Addr', 'MetadataX'),
  'grpc-endpoints': (fields) =>
    has(fields, 'Addr') &&
    (has(fields, 'Op') || has(fields, 'Metadata')) &&
    Object.keys(fields).every((name) => name === 'Op' || name === 'Addr' || name === 'Metadata'),
  kratos: ({ id, name, endpoints }) =>
    isText(id) && isText(name) && Array.isArray(endpoints) && endpoints.length > 0 && endpoints.every(isText),
  'go-micro': (fields) => has(fields, 'name', 'endpoints') && Array.isArray(fields.nodes),
  hertz: (fields, { whole }) => /^\/?hertz\/registry-etcd\//.test(whole) && isKitex(fields),
  kitex: (fields) => isKitex(fields),
  easegress: (fields) => has(fields, 'registryName', 'serviceName', 'instanceID'),
  'dubbo-app': (fields) =>
    has(fields, 'ServiceName', 'Host', 'Port', 'Enable', 'Healthy') ||
    has(fields, 'serviceName', 'host', 'port', 'enabled', 'healthy', 'metadata'),
  patroni: (fields) => has(fields, 'conn_url', 'api_url'),
  vulcand: (fields, { whole }) => has(fields, 'Id', 'URL') && /(?:^|\/)backends\/[^/]+\/servers\/[^/]+$/.test(whole),
  apisix: (fields, { whole }) => /(?:^|\/)(?:upstreams|routes|services)\/[^/]+$/.test(whole) && isUpstream(fields),
  nerve: ({ name, host }, key) => isNerve(key) && isText(host) && key.head.endsWith(`/${String(name)}`),
  skydns: ({ host }, key) => isSkydns(key) && isText(host),
  goframe: (fields, key) => isGoframe(key) && !addressNames.some((name) => has(fields, name)),
} as const satisfies Record<string, (fields: Fields, key: SplitKey) => boolean>;

/** A format that `auto` recognises by its keys or fields. */
export type RecognisedFormat = keyof typeof byKey | keyof typeof byFields;

const keyFingerprints = Object.entries(byKey) as [RecognisedFormat, (key: SplitKey, value: string) => boolean][];
const fieldFingerprints = Object.entries(byFields) as [RecognisedFormat, (fields: Fields, key: SplitKey) => boolean][];

/** In the order in which the formats win a tie. */
export const recognisedFormats: readonly RecognisedFormat[] = [
  ...new Set([...fieldFingerprints, ...keyFingerprints].map(([name]) => name)),
];

/** Every value that is recognised by its fields alone contains one of these. Other values need not be parsed. */
const hints = /"(?:Addr|endpoints|network|registryName|[eE]nabled?|conn_url|URL|nodes|sender)"\s*:/;

/**
 * Finds the framework whose registrations look like this key and value. `foreign`: a value that has address fields but is not a
 * registration of one service. Undefined: no framework is recognised. The function does not validate the registration; the format does.
 */
export function recognise(key: string, value: string): RecognisedFormat | 'foreign' | undefined {
  const slash = key.lastIndexOf('/');
  const split: SplitKey = { whole: key, head: key.slice(0, Math.max(slash, 0)), last: key.slice(slash + 1) };
  for (const [name, fits] of keyFingerprints) if (fits(split, value)) return name;
  if (!value.includes('{')) return undefined;
  if (!hints.test(value) && !isSkydns(split) && !isNerve(split) && !isGoframe(split)) return undefined;
  const record = parseObject(value);
  if ('rejected' in record) return undefined;
  const fields = record.object as Fields;
  // moleculer: one value describes a node with many services.
  if (has(fields, 'sender', 'ipList')) return 'foreign';
  for (const [name, fits] of fieldFingerprints) if (fits(fields, split)) return name;
  return undefined;
}

/** The last segment of a key of rpcx: one of its networks, and an address with a port. */
const rpcxAddress = /^(?:tcp|tcp4|tcp6|http|ws|wss|quic|kcp|rdma|memu|iouring)@[^@]+:\d{1,5}$/;

/** The names that `json` accepts for the address. */
const addressNames = ['address', 'addr', 'host', 'ip', 'hostname', 'Address', 'Addr', 'Host', 'Ip', 'Hostname'];

function isKitex(fields: Fields): boolean {
  return has(fields, 'network', 'address', 'weight', 'tags');
}

function isUpstream({ nodes, endpoints, upstream }: Fields): boolean {
  if (isObject(nodes)) return endpoints === undefined;
  return isObject(upstream) && isObject((upstream as Fields).nodes);
}

/** Only the default prefix is recognised: below another one, no sign tells that the labels are reversed. */
function isSkydns({ whole }: SplitKey): boolean {
  return whole.startsWith('/skydns/');
}

/** The last segment is a serial number of 20 digits, as etcd 2 numbered keys that were created in order. */
function isNerve({ last }: SplitKey): boolean {
  return /^\d{20}$/.test(last);
}

/** `/<head>/<deployment>/<namespace>/<name>/<version>/<host:port,host:port>`. */
function isGoframe({ head, last }: SplitKey): boolean {
  if (!/:\d{1,5}$/.test(last.slice(-6)) || !head.startsWith('/')) return false;
  const segments = head.split('/', 7);
  return (
    segments.length === 6 && !segments.includes('', 1) && last.split(',').every((part) => /^[^@]+:\d{1,5}$/.test(part))
  );
}

function has(fields: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(fields, name));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
