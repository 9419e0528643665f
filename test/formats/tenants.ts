import { formats } from '../../src/formats/registry.js';

/** The address of the attacking tenant. The tests search for it. */
export const evil = { address: '10.13.13.13', port: 666 } as const;
const at = `${evil.address}:${evil.port}`;

/** The keys of one framework, and the values that a service of a certain name writes there. */
interface Territory {
  /** The prefix of the source. */
  readonly prefix: string;
  /** The key prefix for which a writer of this service has permission in etcd. */
  readonly own: (service: string) => string;
  /** A key of the service and its value, as its framework writes them. */
  readonly key: (service: string) => string;
  readonly value: (service: string) => string;
}

const json = (value: object): string => JSON.stringify(value);
const plain = (prefix: string, id: string, value: (service: string) => string): Territory => ({
  prefix,
  own: (service) => `${prefix}${service}/`,
  key: (service) => `${prefix}${service}/${id}`,
  value,
});
const escaped = (service: string) => encodeURIComponent(`tri://${at}/${service}?interface=${service}`);
const kitexValue = json({ network: 'tcp', address: at, weight: 1, tags: null });

/** By the name of the format; `raw` has no services. */
export const territories: Readonly<Record<string, Territory>> = {
  plain: plain('/services/', 'i-1', () => at),
  json: plain('/services/', 'i-1', (service) => json({ ...evil, service })),
  kratos: plain('/microservices/', 'i-1', (name) => json({ id: 'i-1', name, endpoints: [`http://${at}`] })),
  kitex: plain('kitex/registry-etcd/', at, () => kitexValue),
  hertz: plain('hertz/registry-etcd/', at, () => kitexValue),
  'go-zero': plain('', '7587870460981677828', () => at),
  'grpc-endpoints': plain('', at, () => json({ Op: 0, Addr: at, Metadata: null })),
  'go-micro': plain('/micro/registry/', 'i-1', (name) =>
    json({ name, version: '1', endpoints: null, nodes: [{ id: 'i-1', address: at }] }),
  ),
  skydns: {
    prefix: '/skydns/',
    own: (service) => `/skydns/local/${service}/`,
    key: (service) => `/skydns/local/${service}/i-1`,
    value: () => json({ host: evil.address, port: evil.port, targetstrip: 2 }),
  },
  'dubbo-app': plain('/services/', at, (serviceName) =>
    json({ serviceName, host: evil.address, port: evil.port, enabled: true, healthy: true, metadata: {} }),
  ),
  'dubbo-interface': {
    prefix: '/dubbo/',
    own: (service) => `/dubbo/${service}/`,
    key: (service) => `/dubbo/${service}/providers/${escaped(service)}`,
    value: () => '',
  },
  rpcx: plain('/rpcx/', `tcp@${at}`, () => 'weight=1'),
  goframe: plain('/service/default/default/', `latest/${at}`, () => ''),
  traefik: {
    prefix: 'traefik/',
    own: (service) => `traefik/http/services/${service}/`,
    key: (service) => `traefik/http/services/${service}/loadBalancer/servers/0/url`,
    value: () => `http://${at}`,
  },
  'traefik-v1': {
    prefix: '/traefik/',
    own: (service) => `/traefik/backends/${service}/`,
    key: (service) => `/traefik/backends/${service}/servers/s1/url`,
    value: () => `http://${at}`,
  },
  apisix: {
    prefix: '/apisix/',
    own: (service) => `/apisix/upstreams/${service}`,
    key: (service) => `/apisix/upstreams/${service}`,
    value: (name) => json({ name, nodes: { [at]: 1 } }),
  },
  jupiter: {
    prefix: '',
    own: (service) => `grpc:${service}:`,
    key: (service) => `grpc:${service}:v1:prod/${at}`,
    value: (name) => json({ Op: 0, Addr: at, MetadataX: { name, scheme: 'grpc' } }),
  },
  easegress: plain('/services/', 'i-1', (serviceName) =>
    json({ registryName: 'r', serviceName, instanceID: 'i-1', ...evil }),
  ),
  nerve: plain('/nerve/services/', 'services/host-1/00000000000000000017', () =>
    json({ host: evil.address, port: evil.port, name: 'host-1' }),
  ),
  nestcloud: {
    prefix: 'nestcloud-service/',
    own: (service) => `nestcloud-service/service__${service}__`,
    key: (service) => `nestcloud-service/service__${service}__${evil.address}__${evil.port}`,
    value: (name) => `address: ${evil.address}\nport: '${evil.port}'\nname: ${name}\n`,
  },
  patroni: plain('/service/', 'members/pg1', () => json({ conn_url: `postgres://${at}/p`, state: 'running' })),
  vulcand: {
    prefix: 'vulcand/',
    own: (service) => `vulcand/backends/${service}/`,
    key: (service) => `vulcand/backends/${service}/servers/s1`,
    value: () => json({ Id: 's1', URL: `http://${at}` }),
  },
  'grpclb-weight': plain('/grpclb/', at, () => '3'),
  'jetcd-resolver': plain('', `http://${at}`, () => '7587870460981678000'),
};

/** The service's name in a format. */
export const nameOf = (format: string, service: string): string => (format === 'skydns' ? `${service}.local` : service);

/**
 * Ends of keys that try to reach the service `victim` from below another prefix: deeper and shorter keys, dots, empty segments, escapes, and
 * the literals around the service in each format.
 */
export function attacks(victim: string): string[] {
  const whole = Object.values(territories).map(({ key }) => key(victim));
  const ends = whole.flatMap((key) => {
    const segments = key.split('/');
    return segments.map((_, from) => segments.slice(from).join('/'));
  });
  const steps = ['', '/', './', '../', '../../', '%2F', '..%2F', '%2E%2E/', '//', ' ', '\u200b'];
  const tricks = steps.flatMap((step) => [`${step}${victim}/i-1`, `${step}${victim}`, `${step}${victim}/`]);
  const others = [
    '',
    '/',
    '.',
    '..',
    'i-1',
    'x:y@z',
    '__',
    `__${victim}__${evil.address}__${evil.port}`,
    'é',
    '%',
    `${victim}.local/i-1`,
  ];
  return [...new Set([...ends, ...tricks, ...others])];
}

/** For every format, a value that names the victim. */
export const values = (victim: string): string[] => [
  ...new Set([
    ...Object.values(territories).map(({ value }) => value(victim)),
    ...[1, 2, 3, 9, -1, 0.5, 1e9].map((targetstrip) => json({ host: evil.address, port: evil.port, targetstrip })),
    json({ ...evil }),
    json({ host: evil.address, port: evil.port, name: 'x' }),
  ]),
];

export const names = Object.keys(formats).filter((name) => name !== 'raw');
