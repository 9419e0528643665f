import { describe, expect, test } from 'vitest';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import { openEngine } from '../memo/engines.js';
import { briefly, makeService, makeView, render, renderText } from '../views.js';

const text =
  '{{#each services}}{{#each instances}}{{#each (hostClaims this "host" "host=" "svc.example.com")}}{{host}}>{{holder}} {{/each}}{{/each}}{{/each}}';

const asking = (host: string, more: Partial<Instance> = {}): Partial<Instance> => ({ metadata: { host }, ...more });
const claimsOf = (...services: Service[]): string => renderText(text, makeView({ services })).trim();

test.each([
  ['nothing', [{}], ''],
  ['an empty text', [asking('')], ''],
  ['one host name', [asking('www.example.com')], 'www.example.com>web'],
  [
    'several',
    [asking('a.example.com,b.example.com,, c.example.com')],
    'a.example.com>web b.example.com>web c.example.com>web',
  ],
  ['one in capitals, twice', [asking('WWW.example.com www.Example.com')], 'www.example.com>web'],
  [
    'some in tags',
    [{ tags: ['host=A.example.com', 'public', 'host=b.example.com'] }],
    'a.example.com>web b.example.com>web',
  ],
  [
    'the same in metadata and a tag',
    [asking('www.example.com', { tags: ['host=www.example.com'] })],
    'www.example.com>web',
  ],
  [
    'the same as its neighbour',
    [asking('www.example.com'), asking('www.example.com', { port: 2 })],
    'www.example.com>web',
  ],
  [
    'more than its neighbour',
    [asking('a.example.com'), asking('a.example.com,b.example.com')],
    'a.example.com>web b.example.com>web',
  ],
] satisfies [string, Partial<Instance>[], string][])('an instance that claims %s', (_title, instances, expected) => {
  expect(claimsOf(makeService('web', instances))).toBe(expected);
});

describe('a host name that several services claim', () => {
  const wants = asking('www.example.com');

  test.each([
    ['the first', makeService('api', [wants]), makeService('web', [wants]), 'api'],
    ['the expected one', makeService('api', [wants]), makeService('web', [wants], true), 'web'],
    [
      'one that is not critical',
      makeService('api', [{ ...wants, status: 'critical' }]),
      makeService('web', [wants]),
      'web',
    ],
  ])('leads to %s', (_title, api, web, holder) => {
    expect(claimsOf(api, web)).toBe(`www.example.com>${holder} www.example.com>${holder}`);
  });

  test('leads to the service whose own name it is', () => {
    const api = makeService('api', [asking('web.svc.example.com')], true);
    expect(claimsOf(api, makeService('Web', [{}]))).toBe('web.svc.example.com>Web');
    expect(claimsOf(api)).toBe('web.svc.example.com>api');
  });
});

test('an instance that claims an invalid host name is rejected, and the reason does not quote the value', () => {
  const view = makeView({ services: [makeService('web', [asking('a;b'), asking('www.example.com', { id: '2' })])] });
  const { text: shown, rejected } = render(text, view);
  expect(shown.trim()).toBe('www.example.com>web');
  expect(rejected).toMatchObject([{ service: 'web', instance: { id: '1' } }]);
  expect(rejected[0]?.reason).toContain('it claims a name that is not a host name: labels have letters');
});

test('an argument that is not an instance is a mistake when the lint knows its type', () => {
  expect(briefly('{{#each services}}{{#each (hostClaims name "host" "" "")}}{{host}}{{/each}}{{/each}}')).toEqual([
    expect.stringContaining('hostClaims takes an instance, not text') as string,
  ]);
  expect(() =>
    render('{{#each (hostClaims vars.x "host" "" "")}}{{host}}{{/each}}', makeView({ vars: { x: {} } })),
  ).toThrow('hostClaims takes an instance, and this value is not one');
});

test('only instances whose claims change are rendered again', () => {
  const crowd = (name: string, host: string): Service =>
    makeService(
      name,
      Array.from({ length: 20 }, (_, index) => asking(host, { id: String(index), port: index + 1 })),
    );
  const services = [crowd('a', 'a.example.com'), crowd('b', 'b.example.com'), crowd('c', 'c.example.com')];
  const engine = openEngine(text);
  const bodies = (view: View): number => {
    const shown = engine?.(view);
    if (shown === undefined || shown instanceof Error) throw shown ?? new Error('unsound');
    return shown.bodies;
  };
  expect(bodies(makeView({ services }))).toBe(63);
  const [a, b, c] = services;
  if (!a || !b || !c) throw new Error('not three');
  const changed = { ...b, instances: b.instances.map((one, index) => (index === 3 ? { ...one, weight: 2 } : one)) };
  expect(bodies(makeView({ services: [a, changed, c] }))).toBe(2);
  // The instance with the claim loses it. No other instance is rendered again.
  expect(bodies(makeView({ services: [a, changed, c, { ...crowd('d', 'a.example.com'), expected: true }] }))).toBe(
    2 + 21,
  );
});
