import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOfService, usualPrefix } from '../../src/formats/place.js';
import { createFormat } from '../../src/formats/registry.js';
import { formatSchema, settleSpec, type FormatOption } from '../../src/formats/schema.js';
import { writerNames, writerOf } from '../../src/formats/writers/registry.js';
import { settleRegistration } from '../../src/model/registration.js';
import { entry } from './entries.js';

const spec = (format: FormatOption) => formatSchema.parse(format);
const place = (format: FormatOption, service: string, prefix?: string, trustValue = false) => {
  const found = placeOfService(spec(format), service, prefix, { trustValue });
  return 'problem' in found ? found.problem : found.prefix;
};

describe('the place of a service', () => {
  it.each<[FormatOption, string, string | undefined, string]>([
    ['auto', 'web', undefined, '/services/web/'],
    ['json', 'web', '/eu/', '/eu/web/'],
    ['plain', 'server', '', 'server/'],
    [{ name: 'json', depth: 2 }, 'myapp/upstream', '/', '/myapp/upstream/'],
    [{ name: 'plain', depth: 0 }, 'order', undefined, '/services/order'],
    ['kratos', 'pay', undefined, '/microservices/pay/'],
    ['kratos', 'shop/pay', undefined, '/microservices/shop/pay/'],
    [{ name: 'kratos', namespace: '/prod' }, 'pay', undefined, '/prod/pay/'],
    ['kitex', 'echo', undefined, 'kitex/registry-etcd/echo/'],
    ['hertz', 'shop/cart', undefined, 'hertz/registry-etcd/shop/cart/'],
    ['grpc-endpoints', 'my-service', undefined, 'my-service/'],
    ['grpc-endpoints', 'inventory', '/services/', '/services/inventory/'],
    ['go-zero', 'user.rpc', undefined, 'user.rpc/'],
    ['rpcx', 'Arith', '/rpcx_test/', '/rpcx_test/Arith/'],
    // Their keys do not go on with the service.
    ['skydns', 'web.example.com', '/skydns/', '/skydns/'],
    ['apisix', 'web', '/apisix/', '/apisix/'],
  ])('%j, %s below %s is %s', (format, service, prefix, expected) => {
    expect(place(format, service, prefix)).toBe(expected);
  });

  it('is the whole prefix where a value may name any service', () => {
    expect(place('json', 'web', undefined, true)).toBe('/services/');
  });

  it.each<[FormatOption, string, string | undefined, RegExp]>([
    ['auto', '', undefined, /has no name/],
    ['auto', 'a/b', undefined, /one segment of a key/],
    ['json', 'web/', undefined, /begins or ends with a slash/],
    [{ name: 'json', depth: 2 }, 'web', undefined, /2 segments of a key/],
    ['kitex', 'a/b', undefined, /one segment of a key/],
    ['kratos', 'a/b', '/elsewhere/', /one segment of a key/],
    ['grpc-endpoints', '/web', undefined, /begins or ends with a slash/],
    ['auto', 'a\nb', undefined, /control character/],
    ['auto', '\ud800', undefined, /is not text/],
    ['auto', 'web', '/services', /ends in a slash/],
    ['rpcx', 'Arith', undefined, /has no usual prefix/],
  ])('%j, %j below %s is none', (format, service, prefix, why) => {
    expect(place(format, service, prefix)).toMatch(why);
  });

  it('has every registration of the service, whoever of the writers wrote it, and its format reads the name there', () => {
    const segment = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
    const prefixes = fc.option(fc.constantFrom('', '/', '/services/', 'a/b/c/', '/microservices/'), { nil: undefined });
    fc.assert(
      fc.property(
        segment,
        segment,
        fc.ipV4(),
        fc.constantFrom(...writerNames),
        prefixes,
        (service, id, host, name, prefix) => {
          const writer = writerOf(name);
          const parts = {
            service,
            address: host === '0.0.0.0' ? '10.0.0.1' : host,
            port: 80,
            scheme: name === 'kratos' ? 'http' : '',
          };
          const registration = settleRegistration(
            name === 'kitex' || name === 'grpc-endpoints' ? parts : { ...parts, id },
          );
          const scheme = name === 'kratos' ? registration : { ...registration, scheme: '' };
          const written = writer.write(scheme, prefix ?? writer.prefix);
          if (!('value' in written) || written.value === undefined) throw new Error(JSON.stringify(written));
          const options = name === 'plain' || name === 'json' ? (['auto', name] as const) : [name];
          for (const option of options) {
            const found = placeOfService(spec(option), service, prefix, {});
            if ('problem' in found) throw new Error(found.problem);
            expect(written.key.startsWith(found.prefix)).toBe(true);
            const format = createFormat(settleSpec(found.spec, name === 'plain' ? 'plain' : 'json'));
            expect(format.decode(entry(written.key, written.value))).toMatchObject({ fragments: [{ service }] });
          }
        },
      ),
    );
  });
});

it('is by default where the writer of a format writes', () => {
  for (const name of writerNames)
    expect([name, usualPrefix(spec(name))]).toEqual([
      name,
      name === 'grpc-endpoints' ? undefined : writerOf(name).prefix,
    ]);
});
