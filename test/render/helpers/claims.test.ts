import { describe, expect, test } from 'vitest';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import { compileTemplate } from '../../../src/render/template.js';
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

describe('an odd host name', () => {
  const omittedOf = (...services: Service[]): string[] =>
    render(text, makeView({ services })).omitted.map(
      ({ service, hostName, reason }) => `${service} ${hostName}: ${reason}`,
    );

  test('is left out alone and told once, and its instance and the other names stay', () => {
    const instances = [asking('a..b www.example.com'), asking('a..b www.example.com *.example.org:80', { id: '2' })];
    const view = makeView({ services: [makeService('web', instances)] });
    const { text: shown, rejected, omitted } = render(text, view);
    expect(shown.trim()).toBe('www.example.com>web *.example.org>web');
    expect(rejected).toEqual([]);
    expect(omitted).toEqual([
      { service: 'web', hostName: 'a..b', reason: 'left out of the host names: a label is empty' },
    ]);
  });

  test('that does not resemble a name is not quoted', () => {
    expect(omittedOf(makeService('web', [asking('password=hunter2')]))).toEqual([
      'web : left out of the host names: labels have letters, digits, underscores and inner hyphens only',
    ]);
  });

  test('is told ten times per service at most', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `-${index}`).join(' ');
    const told = omittedOf(makeService('web', [asking(many)]), makeService('api', [asking('-x')]));
    expect(told).toHaveLength(12);
    expect(told).toContain('web : left out of the host names: 990 more');
  });

  test('is told again when its text is reused, and not after it is gone', () => {
    const services = [
      makeService(
        'a',
        Array.from({ length: 20 }, (_, id) => asking(`-x ${id}.example`, { id: String(id) })),
      ),
    ];
    const template = compileTemplate({ name: 't', text, scope: 'root' });
    const [a] = services;
    const view = makeView({ services });
    expect(template.render(view).omitted).toHaveLength(1);
    expect(template.render(view).omitted).toHaveLength(1);
    const more = makeView({ services: [...services, makeService('b', [asking('-y')])] });
    expect(template.render(more).omitted.map(({ service }) => service)).toEqual(['a', 'b']);
    const healed = {
      ...makeService('a'),
      instances: a?.instances.map((one) => ({ ...one, metadata: { host: 'x.example' } })) ?? [],
    };
    expect(template.render(makeView({ services: [healed] })).omitted).toEqual([]);
  });

  test('with a port leads to a service that claims the name without one', () => {
    expect(claimsOf(makeService('api', [asking('a.example:80')]), makeService('web', [asking('a.example')]))).toBe(
      'a.example>web a.example>web',
    );
    expect(
      claimsOf(makeService('api', [asking('a.example:80')], true), makeService('web', [asking('a.example')])),
    ).toBe('a.example>api a.example>api');
  });

  test('that is long is left out where the consumer has a limit', () => {
    const limited = text.replace('"svc.example.com")', '"svc.example.com" 46)');
    const view = makeView({ services: [makeService('web', [asking(`${'a'.repeat(47)} b.example`)])] });
    expect(render(limited, view)).toMatchObject({ text: 'b.example>web ', omitted: [{ hostName: 'a'.repeat(47) }] });
  });
});

describe('the own host name', () => {
  const own = '{{#each services}}{{ownHost name "Example.com"}} {{/each}}';
  const ownOf = (...names: readonly string[]): { text: string; told: (string | undefined)[] } => {
    const { text: shown, omitted } = render(own, makeView({ services: names.map((name) => makeService(name, [{}])) }));
    return { text: shown, told: omitted.map(({ service }) => service) };
  };

  test('is in lower case and Punycode', () => {
    expect(ownOf('Web', 'bücher', 'a_b')).toEqual({
      text: 'web.example.com xn--bcher-kva.example.com a_b.example.com ',
      told: [],
    });
  });

  test('is empty and told for a service whose name is no part of a host name', () => {
    expect(ownOf('a b', '*', 'a:80', 'web')).toEqual({ text: '   web.example.com ', told: ['a b', '*', 'a:80'] });
  });

  test('belongs to one service only', () => {
    expect(ownOf('bücher', 'xn--bcher-kva')).toEqual({ text: 'xn--bcher-kva.example.com  ', told: ['xn--bcher-kva'] });
  });

  test('is not given to a claim in another spelling', () => {
    const services = [makeService('api', [asking('bücher.svc.example.com')]), makeService('bücher', [{}])];
    expect(claimsOf(...services)).toBe('xn--bcher-kva.svc.example.com>bücher');
  });
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
