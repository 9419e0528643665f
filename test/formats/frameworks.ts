import fc from 'fast-check';
import type { FormatContext } from '../../src/formats/kind.js';
import type { Status } from '../../src/model/instance.js';
import { bare, decimal, goJson, host, ipv4, joined, metadata, path, weight, word } from './encoders.js';

/** One endpoint as a framework registers it, every field of an instance that it can set. */
export interface Endpoint {
  readonly service: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly scheme: string;
  readonly zone: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: Status;
}

export interface Registered {
  /** What stands before the pattern of the format. Default: nothing but the slash that the keys begin with, if they do. */
  readonly base?: string;
  /** A value may name the service. */
  readonly trustValue?: boolean;
  readonly pairs: readonly (readonly [key: string, value: string])[];
  readonly wanted: readonly Endpoint[];
}

/** The same with its ports moved up by one: whatever else it says, it is another registration. */
export interface Movable {
  readonly here: Registered;
  readonly moved: Registered;
}

const nothing = { weight: 1, scheme: '', zone: '', version: '', tags: [], metadata: {}, status: 'passing' as const };

/** How a source reads them. */
export const contextOf = ({ base, trustValue = false, pairs }: Registered): FormatContext => ({
  base: base ?? (pairs[0]?.[0].startsWith('/') ? '/' : ''),
  trustValue,
});

/** Above the ports that a scheme stands for, so that what is cut off a URL always counts. */
const port = fc.integer({ min: 1024, max: 65_534 });
const name = fc.stringMatching(/^[a-z]{2,8}[0-9]$/);
const health = fc.boolean();

function movable<T extends { readonly port: number }>(
  inputs: fc.Arbitrary<T>,
  write: (input: T) => Registered,
): fc.Arbitrary<Movable> {
  return inputs.map((input) => ({ here: write(input), moved: write({ ...input, port: input.port + 1 }) }));
}

/** As Go's url.QueryEscape and Java's URLEncoder: a blank is a plus. */
const escaped = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
const query = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
const set = (words: readonly string[]): string[] => [...new Set(words)].sort();

/** What the writers of the other formats make of endpoints, written without any code of the formats. */
export const frameworks: Readonly<Record<string, fc.Arbitrary<Movable>>> = {
  hertz: movable(
    fc.record({ service: path, host, port, weight: fc.oneof(fc.constant(0), weight), tags: fc.option(metadata) }),
    (it) => {
      const id = joined(it.host, it.port);
      return {
        pairs: [
          [
            `hertz/registry-etcd/${it.service}/${id}`,
            goJson({ network: 'tcp', address: id, weight: it.weight, tags: it.tags }),
          ],
        ],
        wanted: [
          {
            ...nothing,
            service: it.service,
            id,
            address: it.host,
            port: it.port,
            weight: it.weight || 10,
            metadata: it.tags ?? {},
          },
        ],
      };
    },
  ),
  skydns: movable(
    fc.record({
      labels: fc.array(name, { minLength: 1, maxLength: 4 }),
      id: name,
      host,
      port,
      weight: fc.oneof(fc.constant(0), weight),
      group: fc.option(name),
      ttl: fc.option(fc.integer({ min: 1, max: 9999 })),
    }),
    (it) => ({
      pairs: [
        [
          `/skydns/${it.labels.toReversed().join('/')}/${it.id}`,
          goJson({
            host: it.host,
            port: it.port,
            ...(it.weight > 0 && { weight: it.weight }),
            ...(it.ttl !== null && { ttl: it.ttl }),
            ...(it.group !== null && { group: it.group }),
          }),
        ],
      ],
      wanted: [
        {
          ...nothing,
          service: it.labels.join('.'),
          id: it.id,
          address: it.host,
          port: it.port,
          weight: it.weight || 100,
          metadata: { ...(it.ttl !== null && { ttl: String(it.ttl) }), ...(it.group !== null && { group: it.group }) },
        },
      ],
    }),
  ),
  'dubbo-app': movable(
    fc.record({
      service: word,
      host,
      port,
      weight: fc.oneof(fc.constant(0), weight),
      enable: health,
      healthy: health,
      metadata,
      tag: fc.option(name),
      protocols: fc.uniqueArray(fc.constantFrom('dubbo', 'tri', 'rest')),
      java: fc.boolean(),
    }),
    (it) => {
      const list = it.protocols.map((protocol, at) => ({ port: it.port - at, protocol }));
      const about = { ...it.metadata, ...(list.length > 0 && { 'dubbo.endpoints': JSON.stringify(list) }) };
      const id = bare(it.host, it.port);
      const value = it.java
        ? JSON.stringify({
            serviceName: it.service,
            host: it.host,
            port: it.port,
            enabled: it.enable,
            healthy: it.healthy,
            metadata: about,
          })
        : `${goJson({
            ID: id,
            ServiceName: it.service,
            Host: it.host,
            Port: it.port,
            Weight: it.weight,
            Enable: it.enable,
            Healthy: it.healthy,
            Metadata: about,
            ServiceMetadata: null,
            Address: '',
            GroupName: '',
            Tag: it.tag ?? '',
          })}\n`;
      const common: Endpoint = {
        ...nothing,
        service: it.service,
        id,
        address: it.host,
        port: it.port,
        weight: it.java ? 100 : it.weight || 100,
        status: it.enable && it.healthy ? 'passing' : 'critical',
        metadata: { ...it.metadata, ...(!it.java && it.tag !== null && { tag: it.tag }) },
      };
      return {
        pairs: [[`/services/${it.service}/${id}`, value]],
        wanted: list.length === 0 ? [common] : list.map((one) => ({ ...common, port: one.port, scheme: one.protocol })),
      };
    },
  ),
  'dubbo-interface': movable(
    fc.record({
      root: name,
      service: fc.tuple(word, word).map(([a, b]) => `${a}.Svc$${b}`),
      protocol: fc.constantFrom('tri', 'dubbo', 'rest'),
      host,
      port,
      weight: fc.option(weight),
      version: fc.option(word),
      metadata,
      value: fc.oneof(fc.constant(''), decimal, fc.integer().map(String)),
    }),
    (it) => {
      const about = { ...it.metadata, interface: it.service, side: 'provider' };
      const id = bare(it.host, it.port);
      const text = `${it.protocol}://${id}/${it.service}?${query({
        ...about,
        methods: 'get,list',
        ...(it.weight !== null && { weight: String(it.weight) }),
        ...(it.version !== null && { version: it.version }),
      })}`;
      return {
        base: `/${it.root}/`,
        pairs: [[`/${it.root}/${escaped(it.service)}/providers/${escaped(text)}`, it.value]],
        wanted: [
          {
            ...nothing,
            service: it.service,
            id,
            address: it.host,
            port: it.port,
            scheme: it.protocol,
            weight: it.weight ?? 100,
            version: it.version ?? '',
            metadata: about,
          },
        ],
      };
    },
  ),
  rpcx: movable(
    fc.record({
      base: path,
      service: word,
      network: fc.constantFrom('tcp', 'quic', 'kcp', 'http'),
      host,
      port,
      weight: fc.option(weight),
      inactive: fc.boolean(),
      metadata,
    }),
    (it) => {
      const id = `${it.network}@${joined(it.host, it.port)}`;
      const fields = {
        ...it.metadata,
        ...(it.weight !== null && { weight: String(it.weight) }),
        ...(it.inactive && { state: 'inactive' }),
      };
      return {
        base: `${it.base}/`,
        pairs: [[`${it.base}/${it.service}/${id}`, query(fields)]],
        wanted: [
          {
            ...nothing,
            service: it.service,
            id,
            address: it.host,
            port: it.port,
            scheme: it.network,
            weight: it.weight ?? 1,
            status: it.inactive ? 'critical' : 'passing',
            metadata: it.metadata,
          },
        ],
      };
    },
  ),
  goframe: movable(
    fc.record({
      service: word,
      version: word,
      hosts: fc.uniqueArray(ipv4, { minLength: 1, maxLength: 3 }),
      port,
      protocol: fc.constantFrom('http', 'grpc'),
      weight: fc.option(weight),
      insecure: fc.boolean(),
    }),
    (it) => {
      const id = it.hosts.map((one) => `${one}:${it.port}`).join(',');
      const about = {
        insecure: it.insecure,
        protocol: it.protocol,
        ...(it.weight !== null && { weight: it.weight }),
      };
      return {
        base: '/service/default/shop/',
        pairs: [[`/service/default/shop/${it.service}/${it.version}/${id}`, goJson(about)]],
        wanted: it.hosts.map((address) => ({
          ...nothing,
          service: it.service,
          id,
          address,
          port: it.port,
          version: it.version,
          scheme: it.protocol,
          weight: it.weight ?? 1,
          metadata: Object.fromEntries(Object.entries(about).map(([key, value]) => [key, String(value)])),
        })),
      };
    },
  ),
  traefik: movable(
    fc.record({
      root: word,
      service: word,
      server: fc.nat({ max: 20 }).map(String),
      scheme: fc.constantFrom('http', 'https', 'tcp', 'udp'),
      host,
      port,
      weight: fc.option(weight.filter((it) => it < 1e9)),
      balancer: fc.constantFrom('loadBalancer', 'loadbalancer'),
    }),
    (it) => {
      const web = it.scheme.startsWith('http');
      const start = `${it.root}/${web ? 'http' : it.scheme}/services/${it.service}/${it.balancer}/servers/${it.server}`;
      const place = joined(it.host, it.port);
      return {
        base: `${it.root}/`,
        pairs: [
          web ? [`${start}/url`, `${it.scheme}://${place}`] : [`${start}/address`, place],
          ...(it.weight === null ? [] : [[`${start}/weight`, String(it.weight)] as const]),
        ],
        wanted: [
          {
            ...nothing,
            service: it.service,
            id: it.server,
            address: it.host,
            port: it.port,
            scheme: it.scheme,
            weight: it.weight ?? 1,
          },
        ],
      };
    },
  ),
  'traefik-v1': movable(
    fc.record({ service: word, server: word, host, port, weight: fc.option(weight), tags: fc.array(name) }),
    (it) => {
      const start = `/traefik/backends/${it.service}/servers/${it.server}`;
      return {
        pairs: [
          [`${start}/url`, `http://${joined(it.host, it.port)}`],
          ...(it.weight === null ? [] : [[`${start}/weight`, String(it.weight)] as const]),
          ...(it.tags.length === 0 ? [] : [[`${start}/tags`, it.tags.join(',')] as const]),
        ],
        wanted: [
          {
            ...nothing,
            service: it.service,
            id: it.server,
            address: it.host,
            port: it.port,
            scheme: 'http',
            weight: it.weight ?? 1,
            tags: set(it.tags),
          },
        ],
      };
    },
  ),
  apisix: movable(
    fc.record({
      id: decimal,
      service: fc.option(word),
      scheme: fc.option(fc.constantFrom('http', 'https', 'grpc', 'tcp')),
      port,
      nodes: fc.uniqueArray(
        fc.record({
          host,
          weight: fc.oneof(fc.constant(0), weight),
          priority: fc.integer({ min: -9, max: 9 }),
          metadata,
        }),
        { selector: (node) => node.host, minLength: 1, maxLength: 3 },
      ),
      list: fc.boolean(),
      route: fc.boolean(),
    }),
    (it) => {
      const nodes = it.list
        ? it.nodes.map((node) => ({ ...node, host: node.host, port: it.port }))
        : Object.fromEntries(it.nodes.map((node) => [joined(node.host, it.port), node.weight]));
      const upstream = { type: 'roundrobin', ...(it.scheme !== null && { scheme: it.scheme }), nodes };
      const named = it.service === null ? {} : { name: it.service };
      return {
        trustValue: true,
        pairs: [
          it.route
            ? [`/apisix/routes/${it.id}`, JSON.stringify({ id: it.id, ...named, uri: '/', upstream })]
            : [`/apisix/upstreams/${it.id}`, JSON.stringify({ id: it.id, ...named, ...upstream })],
        ],
        wanted: it.nodes.map((node) => ({
          ...nothing,
          service: it.service ?? it.id,
          id: it.id,
          address: node.host,
          port: it.port,
          scheme: it.scheme ?? 'http',
          weight: node.weight,
          metadata: it.list ? { ...node.metadata, priority: String(node.priority) } : { priority: '0' },
        })),
      };
    },
  ),
  jupiter: movable(
    fc.record({
      service: word,
      scheme: fc.constantFrom('http', 'grpc'),
      host,
      port,
      weight: fc.integer({ min: 1, max: 65_535 }),
      enable: health,
      healthy: health,
      zone: fc.oneof(fc.constant(''), word),
      region: fc.oneof(fc.constant(''), word),
      metadata,
    }),
    (it) => {
      const id = joined(it.host, it.port);
      const about = {
        name: it.service,
        appId: '1234',
        scheme: it.scheme,
        address: id,
        weight: it.weight,
        enable: it.enable,
        healthy: it.healthy,
        metadata: it.metadata,
        region: it.region,
        zone: it.zone,
        kind: 1,
        version: 'v1',
        mode: 'prod',
        hostname: 'host1',
        deployment: '',
        group: '',
      };
      return {
        pairs: [[`${it.scheme}:${it.service}:v1:prod/${id}`, goJson({ Op: 0, Addr: id, MetadataX: about })]],
        wanted: [
          {
            ...nothing,
            service: it.service,
            id,
            address: it.host,
            port: it.port,
            scheme: it.scheme,
            weight: it.weight,
            zone: it.zone,
            version: 'v1',
            status: it.enable && it.healthy ? 'passing' : 'critical',
            metadata: {
              appId: '1234',
              mode: 'prod',
              hostname: 'host1',
              ...(it.region !== '' && { region: it.region }),
              ...it.metadata,
            },
          },
        ],
      };
    },
  ),
  easegress: movable(
    fc.record({
      service: word,
      id: word,
      host,
      port,
      scheme: fc.constantFrom('', 'http', 'https'),
      tags: fc.array(name),
      weight: fc.oneof(fc.constant(0), weight),
    }),
    (it) => ({
      pairs: [
        [
          `/services/${it.service}/${it.id}`,
          goJson({
            registryName: 'etcd-1',
            serviceName: it.service,
            instanceID: it.id,
            address: it.host,
            port: it.port,
            scheme: it.scheme,
            tags: it.tags,
            weight: it.weight,
          }),
        ],
      ],
      wanted: [
        {
          ...nothing,
          service: it.service,
          id: it.id,
          address: it.host,
          port: it.port,
          scheme: it.scheme,
          tags: set(it.tags),
          weight: it.weight || 1,
        },
      ],
    }),
  ),
  nerve: movable(
    fc.record({
      service: word,
      id: word,
      deep: fc.boolean(),
      serial: fc.bigInt({ min: 0n, max: 2n ** 63n }).map((it) => String(it).padStart(20, '0')),
      host,
      port,
      text: fc.boolean(),
      weight: fc.option(fc.integer({ min: 0, max: 65_535 })),
      options: fc.option(word),
      labels: metadata,
    }),
    (it) => ({
      pairs: [
        [
          `/nerve/services/${it.service}${it.deep ? '/services' : ''}/${it.id}/${it.serial}`,
          JSON.stringify({
            host: it.host,
            port: it.text ? String(it.port) : it.port,
            name: it.id,
            ...(it.weight !== null && { weight: it.weight }),
            ...(it.options !== null && { haproxy_server_options: it.options }),
            labels: it.labels,
          }),
        ],
      ],
      wanted: [
        {
          ...nothing,
          service: it.service,
          id: it.id,
          address: it.host,
          port: it.port,
          weight: it.weight ?? 1,
          metadata: { ...it.labels, ...(it.options !== null && { haproxy_server_options: it.options }) },
        },
      ],
    }),
  ),
  nestcloud: movable(fc.record({ service: word, host, port, zone: word, tags: fc.array(name) }), (it) => {
    const id = bare(it.host, it.port);
    const lines = [
      `address: ${it.host}`,
      `port: '${it.port}'`,
      `id: '${id}'`,
      `zone: ${it.zone}`,
      `name: ${it.service}`,
      `tags: [${it.tags.join(', ')}]`,
    ];
    return {
      pairs: [[`nestcloud-service/service__${it.service}__${it.host}__${it.port}`, `${lines.join('\n')}\n`]],
      wanted: [
        {
          ...nothing,
          service: it.service,
          id,
          address: it.host,
          port: it.port,
          zone: it.zone,
          tags: set(it.tags),
        },
      ],
    };
  }),
  patroni: movable(
    fc.record({
      scope: word,
      member: word,
      host,
      port,
      state: fc.constantFrom('running', 'streaming', 'stopped', 'starting'),
      role: fc.constantFrom('primary', 'master', 'replica'),
      apart: fc.boolean(),
      password: fc.option(name),
    }),
    (it) => {
      const login = it.password === null ? '' : `replicator:${it.password}@`;
      const serving = it.state === 'running' || it.state === 'streaming';
      return {
        pairs: [
          [
            `/service/${it.scope}/members/${it.member}`,
            JSON.stringify({
              conn_url: `postgres://${login}${joined(it.host, it.port)}/postgres`,
              api_url: `http://${login}${joined(it.host, 8008)}/patroni`,
              state: it.state,
              role: it.role,
              version: '4.0.4',
              ...(it.apart && { tags: { noloadbalance: true } }),
              xlog_location: 67_108_864,
              timeline: 3,
            }),
          ],
        ],
        wanted: [
          {
            ...nothing,
            service: it.scope,
            id: it.member,
            address: it.host,
            port: it.port,
            scheme: 'postgres',
            status: serving && !(it.apart && it.role === 'replica') ? 'passing' : 'critical',
            metadata: {
              role: it.role,
              state: it.state,
              version: '4.0.4',
              api_url: `http://${joined(it.host, 8008)}/patroni`,
              ...(it.apart && { noloadbalance: 'true' }),
            },
          },
        ],
      };
    },
  ),
  vulcand: movable(
    fc.record({ service: word, id: word, scheme: fc.constantFrom('http', 'https'), host, port }),
    (it) => ({
      pairs: [
        [
          `vulcand/backends/${it.service}/servers/${it.id}`,
          goJson({ Id: it.id, URL: `${it.scheme}://${joined(it.host, it.port)}` }),
        ],
      ],
      wanted: [{ ...nothing, service: it.service, id: it.id, address: it.host, port: it.port, scheme: it.scheme }],
    }),
  ),
  'grpclb-weight': movable(fc.record({ service: word, host, port, weight: fc.integer({ min: 0, max: 9 }) }), (it) => ({
    pairs: [[`/grpclb/${it.service}/${joined(it.host, it.port)}`, String(it.weight)]],
    wanted: [
      {
        ...nothing,
        service: it.service,
        id: joined(it.host, it.port),
        address: it.host,
        port: it.port,
        weight: Math.min(5, Math.max(1, it.weight)),
      },
    ],
  })),
  'jetcd-resolver': movable(fc.record({ service: path, host, port, value: decimal }), (it) => {
    const id = `http://${joined(it.host, it.port)}`;
    return {
      pairs: [[`${it.service}/${id}`, it.value]],
      wanted: [{ ...nothing, service: it.service, id, address: it.host, port: it.port, scheme: 'http' }],
    };
  }),
};
