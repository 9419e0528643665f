import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfService } from '../../../src/formats/keys/service-range.js';
import { createFormat } from '../../../src/formats/registry.js';
import { formatSchema, resolveSpec, type FormatOption } from '../../../src/formats/schema.js';
import { writerNames, writerOf } from '../../../src/formats/writers/registry.js';
import { isBelow } from '../../../src/model/key-prefix.js';
import { normalizeRegistration } from '../../../src/model/registration.js';
import { entry } from '../entries.js';

const spec = (format: FormatOption) => formatSchema.parse(format);
const range = (format: FormatOption, service: string | undefined, prefix?: string, more: object = {}) => {
  const found = rangeOfService(spec(format), { service, prefix, ...more });
  return 'problem' in found ? found.problem : `${found.prefix} from ${found.base}`;
};

describe('the key range of one service', () => {
  it.each<[FormatOption, string, string | undefined, object, string]>([
    ['auto', 'web', undefined, {}, '/services/web/ from /services/'],
    ['json', 'web', '/eu/', {}, '/eu/web/ from /eu/'],
    ['json', 'web', '/eu', {}, '/eu/web/ from /eu/'],
    ['plain', 'server', '', {}, 'server/ from '],
    ['json', 'myapp/upstream', '/', { key: '<service...>/<id>' }, '/myapp/upstream/ from /'],
    ['json', 'web', '/', { key: 'prod/<service>/instances/<id>' }, '/prod/web/ from /'],
    ['plain', 'order', undefined, { key: '<service>' }, '/services/order from /services/'],
    ['kratos', 'pay', undefined, {}, '/microservices/pay/ from /microservices/'],
    ['kratos', 'shop/pay', undefined, {}, '/microservices/shop/pay/ from /microservices/'],
    ['kratos', 'pay', '/prod', {}, '/prod/pay/ from /prod/'],
    ['kratos', 'pay', '/', {}, '/microservices/pay/ from /'],
    ['kitex', 'echo', undefined, {}, 'kitex/registry-etcd/echo/ from kitex/registry-etcd/'],
    ['hertz', 'shop/cart', undefined, {}, 'hertz/registry-etcd/shop/cart/ from hertz/registry-etcd/'],
    ['grpc-endpoints', 'my-service', undefined, {}, 'my-service/ from '],
    ['grpc-endpoints', 'inventory', '/services/', {}, '/services/inventory/ from /services/'],
    ['go-zero', 'user.rpc', undefined, {}, 'user.rpc/ from '],
    ['rpcx', 'Arith', '/rpcx_test/', {}, '/rpcx_test/Arith/ from /rpcx_test/'],
    ['nerve', 'web', undefined, {}, '/nerve/services/web/ from /nerve/services/'],
    ['patroni', 'batman', undefined, {}, '/service/batman/ from /service/'],
    // The service comes after a placeholder, is encoded, or may be in any segment.
    ['skydns', 'web.example.com', '/skydns/', {}, '/skydns/ from /skydns/'],
    ['apisix', 'web', '/apisix/', {}, '/apisix/ from /apisix/'],
    ['traefik', 'web', undefined, {}, 'traefik/ from traefik/'],
    ['json', 'web', '/', { key: '<_>/<service>/<id>' }, '/ from /'],
    ['json', 'web', '/we*', {}, '/we* from /'],
    ['json', 'web', undefined, { trustValue: true }, '/services/ from /services/'],
    ['json', 'web', 'server/', { key: '<id>' }, 'server/ from server/'],
  ])('by %j, %s below %s with %j: %s', (format, service, prefix, more, expected) => {
    expect(range(format, service, prefix, more)).toBe(expected);
  });

  it.each<[FormatOption, string, string | undefined, RegExp]>([
    ['auto', '', undefined, /has no name/],
    ['auto', 'a/b', undefined, /more segments than <service>\/<id> has for it/],
    ['json', 'web/', undefined, /empty segment, or more segments/],
    ['kitex', 'a/b', undefined, /more segments/],
    ['grpc-endpoints', '/web', undefined, /empty segment/],
    ['auto', 'a\nb', undefined, /control character/],
    ['auto', '\ud800', undefined, /is not text/],
    ['rpcx', 'Arith', undefined, /has no default prefix/],
  ])('%j, %j below %s is refused', (format, service, prefix, why) => {
    expect(range(format, service, prefix)).toMatch(why);
  });

  it('contains every registration of the service that a writer writes, and the format reads the name from it', () => {
    const segment = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
    const prefixes = fc.option(fc.constantFrom('', '/', '/services', 'a/b/c/', '/microservices/'), { nil: undefined });
    const patterns = fc.constantFrom(undefined, '<service>/instances/<id>', 'v1/<service...>/<id>');
    fc.assert(
      fc.property(
        segment,
        segment,
        fc.constantFrom(...writerNames),
        prefixes,
        patterns,
        (service, id, name, prefix, key) => {
          const parts = { service, address: '10.0.0.1', port: 80, scheme: name === 'kratos' ? 'http' : '' };
          const registration = normalizeRegistration(name === 'kitex' ? parts : { ...parts, id });
          const written = writerOf(name).write(registration, { prefix, pattern: key });
          if (!('value' in written) || written.value === undefined) throw new Error(JSON.stringify(written));
          for (const option of name === 'plain' || name === 'json' ? (['auto', name] as const) : [name]) {
            const found = rangeOfService(spec(option), { service, prefix, key });
            if ('problem' in found) throw new Error(found.problem);
            expect(isBelow(written.key, found.prefix)).toBe(true);
            const settled = resolveSpec(spec(option), name === 'plain' ? 'plain' : 'json');
            const format = createFormat(settled, { base: found.base, key });
            expect(format.decode(entry(written.key, written.value))).toMatchObject({ fragments: [{ service }] });
          }
        },
      ),
    );
  });
});

it('is the default prefix of the writer when it is for all services', () => {
  for (const name of writerNames) {
    const found = rangeOfService(spec(name), {});
    if (name === 'grpc-endpoints')
      expect(found).toMatchObject({ problem: expect.stringContaining('set `prefix`') as string });
    else {
      const written = writerOf(name).write(
        normalizeRegistration({
          service: 'web',
          address: '10.0.0.1',
          port: 80,
          scheme: name === 'kratos' ? 'http' : '',
        }),
        {},
      );
      if (!('key' in written) || 'problem' in found) throw new Error(name);
      expect(isBelow(written.key, found.prefix), name).toBe(true);
    }
  }
});
