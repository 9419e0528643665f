import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance, Service } from '../../../src/model/instance.js';
import { parseAddress } from '../../../src/model/address.js';
import type { View } from '../../../src/model/view.js';
import { createDesiredServices, digestServices } from '../../../src/targets/endpoint-slices/desired.js';
import { makeService } from '../../../src/targets/endpoint-slices/make-service.js';
import { parseSliceName, problemOfServiceName, sliceName } from '../../../src/targets/endpoint-slices/name.js';
import { instance } from '../../model/instances.js';

const options = { prefix: '', suffix: '', servicePort: 80, headless: false };

const at = (address: string, more: Partial<Instance> = {}): Instance => {
  const { family = 'name', host = address } = parseAddress(address) ?? {};
  return instance({ id: `${address}:${more.port ?? 80}`, address, family, host, ...more });
};
const service = (instances: readonly Instance[], name = 'web', expected = false): Service => ({
  name,
  instances,
  expected,
});
const viewOf = (services: readonly Service[]): View => ({
  services,
  ...{ kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 'one' } },
});
const textsOf = (instances: readonly Instance[]): string[] =>
  makeService(service(instances), options)
    .desired?.groups.map(({ text }) => text)
    .sort() ?? [];

describe('groups', () => {
  it('are made of family, port and protocol', () => {
    const instances = [
      at('10.0.0.1'),
      at('10.0.0.2', { scheme: 'http' }),
      at('10.0.0.3', { scheme: 'h2c' }),
      at('10.0.0.4', { port: 81, scheme: 'tcp' }),
      at('fd00::1'),
    ];
    expect(textsOf(instances)).toEqual([
      'IPv4 port 80\n10.0.0.1 ready\n',
      'IPv4 port 80 http\n10.0.0.2 ready\n',
      'IPv4 port 80 kubernetes.io/h2c\n10.0.0.3 ready\n',
      'IPv4 port 81\n10.0.0.4 ready\n',
      'IPv6 port 80\nfd00::1 ready\n',
    ]);
    expect(makeService(service(instances), options).desired).toMatchObject({ isDual: true, appProtocol: '' });
  });

  it.each([
    ['http', 'http'],
    ['HTTPS', 'https'],
    ['grpc', 'grpc'],
    ['ws', 'kubernetes.io/ws'],
    ['wss', 'kubernetes.io/wss'],
    ['ftp', ''],
    ['', ''],
  ])('of one scheme %s give the Service this protocol', (scheme, appProtocol) => {
    expect(makeService(service([at('10.0.0.1', { scheme })]), options).desired).toMatchObject({ appProtocol });
  });

  it('of more than 100 ports keep the instances of the others out, and those that were there stay', () => {
    const from = (first: number, count: number): Service =>
      service(Array.from({ length: count }, (_, index) => at('10.0.0.1', { port: first + index })));
    const before = makeService(from(2000, 100), options).desired;
    expect(before?.groups).toHaveLength(100);
    const more = makeService(from(1990, 110), options, before);
    expect(more.desired?.groups).toEqual(before?.groups);
    expect(more.quarantined.map(({ instance }) => instance?.port)).toEqual(
      Array.from({ length: 10 }, (_, index) => 1990 + index),
    );
    expect(more.quarantined[0]?.reason).toMatch(/110 combinations .* only 100/);
    expect(makeService(from(1, 101), options).desired?.groups).toHaveLength(100);
  });

  it('have names that differ whenever family, port or protocol differ', () => {
    const key = fc.record({
      address: fc.constantFrom('10.0.0.1', '2001:db8::1'),
      port: fc.integer({ min: 1, max: 65_535 }),
      scheme: fc.constantFrom('', 'http', 'https', 'grpc', 'h2c', 'ws', 'wss'),
    });
    const idsOf = (keys: readonly { address: string; port: number; scheme: string }[]): string[] =>
      makeService(service(keys.map(({ address, ...rest }) => at(address, rest))), options).desired?.groups.map(
        ({ id }) => id,
      ) ?? [];
    fc.assert(
      fc.property(key, key, (a, b) => {
        const isSame = a.address === b.address && a.port === b.port && a.scheme === b.scheme;
        const ids = idsOf([a, b]);
        expect(ids).toHaveLength(isSame ? 1 : 2);
        for (const id of ids) expect(parseSliceName(`web-${id}-0`)).toEqual({ service: 'web', group: id, index: 0 });
      }),
    );
  });
});

describe('an endpoint', () => {
  it('is ready when its instance passes, drains when it drains or has no weight, and is not there when it is critical', () => {
    expect(
      textsOf([
        at('10.0.0.1'),
        at('10.0.0.2', { status: 'draining' }),
        at('10.0.0.3', { weight: 0 }),
        at('10.0.0.4', { status: 'critical' }),
      ]),
    ).toEqual(['IPv4 port 80\n10.0.0.1 ready\n10.0.0.2 draining\n10.0.0.3 draining\n']);
  });

  it('stands once for several instances with one address, and is ready if one of them is', () => {
    expect(
      textsOf([at('10.0.0.1', { id: 'a', status: 'draining', zone: 'z1' }), at('10.0.0.1', { id: 'b', zone: 'z2' })]),
    ).toEqual(['IPv4 port 80\n10.0.0.1 ready zone z1\n']);
  });

  it.each([
    ['eu-1a', ' zone eu-1a'],
    ['not a label', ''],
    ['x'.repeat(64), ''],
  ])('has its zone only if it is the value of a label: %j', (zone, shown) => {
    expect(textsOf([at('10.0.0.1', { zone })])).toEqual([`IPv4 port 80\n10.0.0.1 ready${shown}\n`]);
  });

  it.each([
    ['127.0.0.1', /loopback/],
    ['127.9.9.9', /loopback/],
    ['::1', /loopback/],
    ['169.254.169.254', /link-local/],
    ['fe80::1', /link-local/],
    ['224.0.0.1', /multicast/],
    ['239.1.1.1', /multicast/],
    ['ff02::1', /multicast/],
    ['255.255.255.255', /broadcast/],
    ['db.internal', /host name/],
  ])('is never %s: the instance is quarantined, its neighbours are not', (address, why) => {
    const made = makeService(service([at('10.0.0.1'), at(address, { id: 'bad' })]), options);
    expect(made.quarantined).toEqual([
      {
        service: 'web',
        instance: expect.objectContaining({ id: 'bad', address }) as object,
        reason: expect.stringMatching(why) as string,
      },
    ]);
    expect(made.desired?.groups.map(({ text }) => text)).toEqual(['IPv4 port 80\n10.0.0.1 ready\n']);
  });
});

describe('a service', () => {
  it('without instances is a Service without slices', () => {
    expect(makeService(service([], 'web', true), options).desired).toMatchObject({ name: 'web', groups: [] });
  });

  it('that is quarantined whole is not there, unless it is expected', () => {
    const bad = [at('127.0.0.1')];
    expect(makeService(service(bad), options).desired).toBeUndefined();
    expect(makeService(service(bad, 'web', true), options).desired).toMatchObject({ groups: [] });
  });

  it.each([
    ['web', true],
    ['Web', false],
    ['1web', false],
    ['web.v1', false],
    ['web_1', false],
    ['web-', false],
    ['-web', false],
    ['x'.repeat(63), true],
    ['x'.repeat(64), false],
    ['', false],
  ])('of the name %j: %s', (name, isName) => {
    const { desired, quarantined } = makeService(service([at('10.0.0.1')], name), options);
    expect(desired !== undefined).toBe(isName);
    expect(quarantined.length === 0).toBe(isName);
  });

  it('has prefix and suffix as they are', () => {
    const made = makeService(service([at('10.0.0.1')], '1web'), { ...options, prefix: 'vm-', suffix: '-x' });
    expect(made.desired).toMatchObject({ name: 'vm-1web-x', service: '1web' });
  });
});

describe('the names of slices', () => {
  it('are read back, and no other name is taken for one', () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
    const group = fc.stringMatching(/^[0-9a-f]{8}$/);
    fc.assert(
      fc.property(name, group, fc.nat({ max: 999 }), (one, id, index) => {
        fc.pre(problemOfServiceName(one) === undefined);
        expect(parseSliceName(sliceName(one, id, index))).toEqual({ service: one, group: id, index });
      }),
    );
    for (const other of ['web', 'web-1234567-0', 'web-12345678-01', 'web-1234567g-0', 'web-12345678-', '1b-12345678-0'])
      expect(parseSliceName(other)).toBeUndefined();
  });
});

describe('from one view to the next', () => {
  it('a service that does not change stays the same object, as does a group', () => {
    const desire = createDesiredServices(options);
    const [api, web] = [service([at('10.0.0.1')], 'api'), service([at('10.0.0.1'), at('10.0.0.2', { port: 81 })])];
    const first = desire(viewOf([api, web]));
    const next = desire(viewOf([api, service([at('10.0.0.1'), at('10.0.0.3', { port: 81 })])]));
    expect(next.services[0]).toBe(first.services[0]);
    expect(next.services[1]).not.toBe(first.services[1]);
    const group = (services: typeof first.services) => services[1]?.groups.find(({ port }) => port === 80);
    expect(group(next.services)).toBe(group(first.services));
    // A changed tag makes another service object, but nothing of it is in the cluster.
    const same = desire(viewOf([api, service([at('10.0.0.1', { tags: ['x'] }), at('10.0.0.3', { port: 81 })])]));
    expect(same.services[1]).toBe(next.services[1]);
    expect(digestServices(same)).toBe(digestServices(next));
    expect(digestServices(next)).not.toBe(digestServices(first));
  });

  it('the result is that of the last view alone', () => {
    const anyInstance = fc
      .record({
        address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1', '127.0.0.1'),
        port: fc.constantFrom(80, 81),
        status: fc.constantFrom('passing', 'draining', 'critical'),
        weight: fc.constantFrom(0, 1),
      } as const)
      .map(({ address, ...more }) => at(address, more));
    const anyView = fc
      .uniqueArray(fc.tuple(fc.constantFrom('api', 'web', 'Web'), fc.array(anyInstance, { maxLength: 4 })), {
        selector: ([name]) => name,
      })
      .map((services) => viewOf(services.map(([name, instances]) => service(instances, name))));
    fc.assert(
      fc.property(fc.array(anyView, { minLength: 1, maxLength: 4 }), (views) => {
        const desire = createDesiredServices(options);
        let last = desire(viewOf([]));
        for (const view of views) last = desire(view);
        expect(last).toEqual(createDesiredServices(options)(views.at(-1) ?? viewOf([])));
      }),
    );
  });
});
