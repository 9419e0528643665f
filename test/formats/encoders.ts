import fc from 'fast-check';

/** One endpoint that a test registers and expects to decode unchanged. */
export interface Wanted {
  readonly service: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly scheme: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Registration {
  /** The prefix before the pattern of the format. Default: the leading slash of the key, if it has one. */
  readonly base?: string;
  readonly key: string;
  readonly value: string;
  readonly wanted: readonly Wanted[];
}

export const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(?:[.-][a-z0-9]{1,5}){0,2}$/);
export const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('/'));
const port = fc.integer({ min: 1, max: 65_535 });
export const weight = fc.integer({ min: 1, max: 65_535 });
export const decimal = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
export const ipv4 = fc
  .tuple(...([1, 0, 0, 1] as const).map((min) => fc.integer({ min, max: 254 })))
  .map((parts) => parts.join('.'));
/** In canonical form: no adjacent zero groups, no leading zeros. */
const ipv6 = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 7, maxLength: 7 })
  .map((groups) => ['fd00', ...groups.map((group) => group.toString(16))].join(':'));
export const host = fc.oneof(
  ipv4,
  ipv6,
  word.map((name) => `${name}.internal`),
);
const text = fc.stringMatching(/^[ -~é&<>"%+]{0,12}$/);
export const metadata = fc.dictionary(fc.stringMatching(/^[a-z]{3,6}[0-9]$/), text, { maxKeys: 3 });

export const joined = (address: string, at: number): string =>
  address.includes(':') ? `[${address}]:${at}` : `${address}:${at}`;
export const bare = (address: string, at: number): string => `${address}:${at}`;

/** JSON as Go's encoding/json writes it: it escapes the characters <, > and &. */
export const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

const none = { weight: 1, scheme: '', version: '', metadata: {} };

/** Registrations as the writers of five formats write them, without any code of src/formats. */
export const encoders: Readonly<Record<string, fc.Arbitrary<Registration>>> = {
  kratos: fc
    .record({
      service: path,
      id: word,
      version: word,
      metadata,
      weight: fc.option(weight),
      servers: fc.uniqueArray(fc.record({ scheme: fc.constantFrom('http', 'https', 'grpc', 'grpcs'), host, port }), {
        selector: (server) => `${server.host} ${server.port}`,
        maxLength: 3,
      }),
      old: fc.boolean(),
    })
    .map(({ service, id, version, metadata: labels, weight: given, servers, old }) => {
      const all = { ...labels, ...(given !== null && { weight: String(given) }) };
      const url = (server: (typeof servers)[number]): string =>
        old
          ? `${server.scheme.slice(0, 4)}://${joined(server.host, server.port)}?isSecure=${String(server.scheme.length === 5)}`
          : `${server.scheme}://${joined(server.host, server.port)}`;
      return {
        key: `/microservices/${service}/${id}`,
        value: goJson({ id, name: service, version, metadata: all, endpoints: servers.map(url) }),
        wanted: servers.map((server) => ({
          service,
          id,
          version,
          address: server.host,
          port: server.port,
          scheme: server.scheme,
          weight: given ?? 100,
          metadata: all,
        })),
      };
    }),
  kitex: fc
    .record({
      prefix: path,
      service: word,
      host,
      port,
      weight: fc.oneof(fc.constant(0), weight),
      tags: fc.option(metadata),
    })
    .map(({ prefix, service, host: address, port: at, weight: given, tags }) => ({
      base: `${prefix}/`,
      key: `${prefix}/${service}/${bare(address, at)}`,
      value: goJson({ network: 'tcp', address: bare(address, at), weight: given, tags }),
      wanted: [
        {
          ...none,
          service,
          id: bare(address, at),
          address,
          port: at,
          weight: given === 0 ? 10 : given,
          metadata: tags ?? {},
        },
      ],
    })),
  'go-zero': fc.record({ service: path, id: decimal, host, port }).map(({ service, id, host: address, port: at }) => ({
    key: `${service}/${id}`,
    value: bare(address, at),
    wanted: [{ ...none, service, id, address, port: at }],
  })),
  'grpc-endpoints': fc
    .record({ service: path, host, port, metadata: fc.option(metadata), named: fc.option(word) })
    .map(({ service, host: address, port: at, metadata: labels, named }) => {
      const id = named ?? joined(address, at);
      return {
        key: `${service}/${id}`,
        value: goJson({ Op: 0, Addr: joined(address, at), Metadata: labels }),
        wanted: [{ ...none, service, id, address, port: at, metadata: labels ?? {} }],
      };
    }),
  'go-micro': fc
    .record({
      service: path,
      id: path,
      version: word,
      host,
      port,
      metadata,
      protocol: fc.constantFrom('mucp', 'grpc', 'http'),
      twice: fc.boolean(),
    })
    .map(({ service, id, version, host: address, port: at, metadata: labels, protocol, twice }) => {
      const dashed = (name: string): string => name.split('/').join('-');
      const about = { ...labels, protocol };
      const written = twice && address.includes(':') ? `[[${address}]]:${at}` : joined(address, at);
      return {
        key: `/micro/registry/${dashed(service)}/${dashed(id)}`,
        value: goJson({
          name: service,
          version,
          metadata: null,
          endpoints: [{ request: null, response: null, metadata: {}, name: 'Greeter.Hello' }],
          nodes: [{ metadata: about, id, address: written }],
        }),
        wanted: [
          {
            service,
            id,
            version,
            address,
            port: at,
            weight: 1,
            scheme: protocol === 'mucp' ? '' : protocol,
            metadata: about,
          },
        ],
      };
    }),
};
