import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileKeyPattern, fillKey, matchKey, parseKeyPattern } from '../../../src/formats/keys/pattern.js';

describe('a key pattern', () => {
  test.each<[string, string, { service?: string; id: string; others?: string[] }]>([
    ['<service>/<id>', 'web/1', { service: 'web', id: '1' }],
    ['<service>', 'order', { service: 'order', id: 'order' }],
    ['<service...>/<id>', 'myapp/upstream/app1', { service: 'myapp/upstream', id: 'app1' }],
    ['<service...>', 'a/b', { service: 'a/b', id: 'a/b' }],
    ['<id>', '001', { id: '001' }],
    ['<service>/services/<id>/<_>', 'web/services/host/0001', { service: 'web', id: 'host', others: ['0001'] }],
    ['v1/<service...>/<_>/<id>', 'v1/a/b/blue/1', { service: 'a/b', id: '1', others: ['blue'] }],
    ['<service>/<id>/<id>', 'web/host/80', { service: 'web', id: 'host/80' }],
    ['x/<service>/<_>', 'x/web/y', { service: 'web', id: 'web/y', others: ['y'] }],
    ['<service>/<id>', 'a%2Fb/..', { service: 'a%2Fb', id: '..' }],
  ])('%s reads %s', (text, rest, { service, id, others = [] }) => {
    expect(matchKey(compileKeyPattern(text), rest)).toEqual({ service, id, others });
  });

  test.each([
    ['<service>/<id>', ['', '/', 'web', 'web/', '/web/1', 'web//1', 'team/web/1', 'web/1/', 'web/1/2']],
    ['<service...>/<id>', ['', '/', '//', 'web', 'web/', '/web/1', 'web//1', 'a//b/1', 'a/b/1/']],
    ['x/<service...>/y/<id>', ['x/y/1', 'x//y/1', 'x/a/y/', 'y/a/x/1', 'x', 'x/y', 'x/a/y']],
    ['<service>/instances/<id>', ['web/1', 'web/Instances/1', 'web/instances/', 'web/instances/1/2']],
    ['<service>', ['', '/', 'a/b', 'a/']],
  ])('%s does not read another key', (text, rests) => {
    for (const rest of rests) expect(matchKey(compileKeyPattern(text), rest), rest).toBeUndefined();
  });

  it('ignores the case of literals only with the option', () => {
    const pattern = compileKeyPattern('services/<service>/loadBalancer/<id>');
    expect(matchKey(pattern, 'Services/Web/loadbalancer/1')).toBeUndefined();
    expect(matchKey(pattern, 'Services/Web/loadbalancer/1', true)).toMatchObject({ service: 'Web', id: '1' });
  });

  test.each([
    ['', 'is empty'],
    ['/<service>', 'begins or ends with a slash'],
    ['<service>/', 'begins or ends with a slash'],
    ['<service>//<id>', 'has an empty segment'],
    ['<service>/<service>', 'names the service twice'],
    ['<service...>/<service>', 'names the service twice'],
    ['<Service>/<id>', 'has <Service>, which is not one of'],
    ['x<id>', 'has x<id>, which is not one of'],
    [Array.from({ length: 33 }, () => 'a').join('/'), 'has more than 32 segments'],
  ])('%s is refused: it %s', (text, problem) => {
    expect(parseKeyPattern(text)).toMatchObject({ problem: expect.stringContaining(problem) as string });
    expect(() => compileKeyPattern(text)).toThrow(RangeError);
  });

  const segment = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => !text.includes('/'));
  const part = fc.oneof(fc.constantFrom('<id>', '<_>'), fc.constantFrom('a', 'b', '.', '%2F'));
  const around = fc.array(part, { maxLength: 3 });

  it('finds the service of every key that it builds, and only one service in a key', () => {
    const services = fc.array(segment, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        around,
        around,
        services,
        fc.boolean(),
        fc.array(segment, { minLength: 9 }),
        (head, tail, names, deep, fill) => {
          const service = deep ? names : names.slice(0, 1);
          const pattern = compileKeyPattern([...head, deep ? '<service...>' : '<service>', ...tail].join('/'));
          const write = (parts: readonly string[]) =>
            parts.map((it, at) => (it.startsWith('<') ? (fill[at] ?? 'x') : it));
          const key = [...write(head), ...service, ...write(tail)].join('/');
          expect(matchKey(pattern, key)?.service).toBe(service.join('/'));
        },
      ),
    );
  });

  it('fills what it reads', () => {
    fc.assert(
      fc.property(
        segment,
        segment,
        fc.constantFrom('<service>/<id>', 'v1/<service...>/x/<id>', '<id>/<service>'),
        (service, id, text) => {
          const pattern = compileKeyPattern(text);
          expect(matchKey(pattern, fillKey(pattern, service, id) ?? '')).toEqual({ service, id, others: [] });
        },
      ),
    );
    expect(fillKey(compileKeyPattern('<service>/<_>'), 'web', '1')).toBeUndefined();
    expect(fillKey(compileKeyPattern('<service>/<id>/<id>'), 'web', '1')).toBeUndefined();
  });
});
