import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../src/render/template.js';
import { makeService, makeView, problemsOf, render } from './views.js';

const instances = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: `${from + index}`, address: `192.0.2.${from + index}` }));

/** Ids of the rejected instances, names of the rejected services. */
const blamed = (rejected: readonly { service: string; instance?: { id: string } }[]): string[] =>
  rejected.map(({ service, instance }) => instance?.id ?? service);

describe('a line of values from many services', () => {
  const options = { dialect: 'haproxy' } as const;
  const text = ' acl x src{{#each services}}{{#each instances}} {{address}}{{/each}}{{/each}}\n';

  test('leaves out the service that makes it too long, and accepts a shorter one after it', () => {
    const services = [
      makeService('a', instances(40)),
      makeService('b', instances(30, 50)),
      makeService('c', instances(21, 100)),
    ];
    const { rejected } = render(text, makeView({ services }), options);
    expect(blamed(rejected)).toEqual(['b']);
    expect(rejected[0]?.reason).toMatch(
      /^t\.hbs:1:11: the text of this block makes a line of more than the 64 words that HAProxy accepts\. /,
    );
    const second = render(text, makeView({ services: services.filter(({ name }) => name !== 'b') }), options);
    expect(second.rejected).toEqual([]);
    expect(second.text.trim().split(' ')).toHaveLength(64);
  });

  test('counts the text around the block', () => {
    const around = ' acl x src{{#each services}} {{name}}{{/each}} -m found\n';
    const services = Array.from({ length: 60 }, (_, index) => makeService(`s${String(index).padStart(2, '0')}`));
    expect(blamed(render(around, makeView({ services }), options).rejected)).toEqual(['s59']);
  });

  test('is not confused by lines of their own', () => {
    const own = '{{#each services}}\n{{#each instances}}\nserver {{id}} {{address}}:1\n{{/each}}\n{{/each}}\n';
    expect(render(own, makeView({ services: [makeService('a', instances(200))] }), options).rejected).toEqual([]);
  });
});

test('an instance that does not fit leaves its neighbours, rendering after rendering', () => {
  const template = compileTemplate({
    name: 't.hbs',
    scope: 'root',
    dialect: 'dotenv',
    text: '{{#each services}}\n{{name}}={{#each instances}}{{metadata.v}},{{/each}}\n{{/each}}',
  });
  const short = { id: 'short', metadata: { v: 'x' } };
  const long = { id: 'long', metadata: { v: 'y'.repeat(70_000) } };
  const longer = { id: 'longer', metadata: { v: 'z'.repeat(70_000) } };
  const viewOf = (...all: object[]) => makeView({ services: [makeService('A', all), makeService('B', [short])] });
  expect(blamed(template.render(viewOf(long, longer, short)).rejected)).toEqual(['longer']);
  expect(template.render(viewOf(long, short)).text).toBe(`A=${'y'.repeat(70_000)},x,\nB=x,\n`);
  expect(blamed(template.render(viewOf(longer, long, short)).rejected)).toEqual(['long']);
});

test('a line of very many instances has as many of them as fit', () => {
  const text = 'A={{#each services}}{{#each instances}}{{id}},{{/each}}{{/each}}\nB=x\n';
  const view = makeView({ services: [makeService('s', instances(24_000))] });
  const { text: out, rejected } = render(text, view, { dialect: 'dotenv' });
  const longest = out.split('\n')[0]?.length ?? 0;
  expect(longest).toBeGreaterThan(131_060);
  expect(longest).toBeLessThanOrEqual(131_071);
  expect(rejected.length).toBeGreaterThan(100);
});

test('the file of one service is measured as a whole', () => {
  const template = compileTemplate({
    name: 't.hbs',
    scope: 'service',
    dialect: 'dotenv',
    text: 'A={{service.name}}{{#each service.instances}}{{#each tags}}{{this}}{{/each}}{{/each}}\n',
  });
  const render = (count: number) => {
    const tags = Array.from({ length: count }, () => 't'.repeat(1000));
    const service = makeService('s', [{ tags }]);
    return template.render(makeView({ services: [service] }), service);
  };
  expect(render(131).rejected).toEqual([]);
  expect(render(132).rejected).toMatchObject([{ service: 's', instance: { id: '1' } }]);
});

test('an instance named outright is measured too', () => {
  const text =
    '{{#each services}}\n{{#with (lookup instances 0)}}\nA={{metadata.v}}{{metadata.v}}\n{{/with}}\n{{/each}}';
  const view = makeView({ services: [makeService('s', [{ metadata: { v: 'v'.repeat(70_000) } }])] });
  expect(blamed(render(text, view, { dialect: 'dotenv' }).rejected)).toEqual(['1']);
});

test('no template can set the index of a body', () => {
  expect(problemsOf('{{#each services $body=0}}{{/each}}').length).toBeGreaterThan(0);
});
