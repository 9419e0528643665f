import { parseObject } from './record.js';

interface Key {
  readonly whole: string;
  /** Before and after the last slash. */
  readonly head: string;
  readonly last: string;
}
type Fields = Readonly<Record<string, unknown>>;

/** Keys that only the writer of one framework makes. */
const byKey = {
  'dubbo-interface': ({ head, last }) => head.endsWith('/providers') && /%3a%2f%2f/i.test(last),
  traefik: ({ whole }) =>
    /(?:^|\/)(?:http|tcp|udp)\/services\/[^/]+\/loadbalancer\/servers\/[^/]+\/[^/]+$/i.test(whole),
  'traefik-v1': ({ whole }) => /(?:^|\/)backends\/[^/]+\/servers\/[^/]+\/(?:url|weight|tags)$/.test(whole),
  rpcx: ({ last }, value) => rpcxAddress.test(last) && !value.startsWith('{'),
  nestcloud: ({ last }) => last.startsWith('service__') && last.split('__').length >= 4,
  'jetcd-resolver': ({ whole }, value) =>
    /^\d{1,20}$/.test(value) && whole.includes('://') && /:\d{1,5}$/.test(whole.slice(-6)),
  // What its older versions wrote; the value has the name of nothing but the database.
  patroni: ({ head }, value) => head.endsWith('/members') && /^postgres(?:ql)?:\/\//.test(value),
  goframe: (key, value) => value === '' && isGoframe(key),
} as const satisfies Record<string, (key: Key, value: string) => boolean>;

/** Fields that the writer of one framework makes together, sometimes below a path of its own. */
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
} as const satisfies Record<string, (fields: Fields, key: Key) => boolean>;

/** A format that `auto` knows by its looks. */
export type Recognised = keyof typeof byKey | keyof typeof byFields;

const keyed = Object.entries(byKey) as [Recognised, (key: Key, value: string) => boolean][];
const valued = Object.entries(byFields) as [Recognised, (fields: Fields, key: Key) => boolean][];

/** In the order in which they win a tie. */
export const recognised: readonly Recognised[] = [...new Set([...valued, ...keyed].map(([name]) => name))];

/** One of these stands in every value that is recognised by its fields alone: the others need not be parsed. */
const hints = /"(?:Addr|endpoints|network|registryName|[eE]nabled?|conn_url|URL|nodes|sender)"\s*:/;

/**
 * The framework whose registration a key and its value look like. `foreign`: nobody can be reached by it, whatever fields it has.
 * Undefined: nothing tells it from anybody's own. It only looks: whether the registration is good is for the format to say.
 */
export function recognise(key: string, value: string): Recognised | 'foreign' | undefined {
  const slash = key.lastIndexOf('/');
  const place: Key = { whole: key, head: key.slice(0, Math.max(slash, 0)), last: key.slice(slash + 1) };
  for (const [name, fits] of keyed) if (fits(place, value)) return name;
  if (!value.includes('{')) return undefined;
  if (!hints.test(value) && !isSkydns(place) && !isNerve(place) && !isGoframe(place)) return undefined;
  const record = parseObject(value);
  if ('rejected' in record) return undefined;
  const fields = record.object as Fields;
  // moleculer: a node of many services.
  if (has(fields, 'sender', 'ipList')) return 'foreign';
  for (const [name, fits] of valued) if (fits(fields, place)) return name;
  return undefined;
}

/** The networks of rpcx. */
const rpcxAddress = /^(?:tcp|tcp4|tcp6|http|ws|wss|quic|kcp|rdma|memu|iouring)@[^@]+:\d{1,5}$/;

/** Names under which `json` finds an address. */
const addressNames = ['address', 'addr', 'host', 'ip', 'hostname', 'Address', 'Addr', 'Host', 'Ip', 'Hostname'];

function isKitex(fields: Fields): boolean {
  return has(fields, 'network', 'address', 'weight', 'tags');
}

function isUpstream({ nodes, endpoints, upstream }: Fields): boolean {
  if (isObject(nodes)) return endpoints === undefined;
  return isObject(upstream) && isObject((upstream as Fields).nodes);
}

/** Only where nobody has changed the prefix: elsewhere nothing says that the labels are reversed. */
function isSkydns({ whole }: Key): boolean {
  return whole.startsWith('/skydns/');
}

/** etcd's own numbering of keys that are made in order. */
function isNerve({ last }: Key): boolean {
  return /^\d{20}$/.test(last);
}

/** `/<head>/<deployment>/<namespace>/<name>/<version>/<host:port,host:port>`. */
function isGoframe({ head, last }: Key): boolean {
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
