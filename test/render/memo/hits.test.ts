import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import { makeInstance, makeView } from '../views.js';
import { openEngine } from './engines.js';

const builtin = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../../../templates/${name}.hbs`), 'utf8');

const templates: Readonly<Record<string, string>> = {
  plain:
    '{{#each services}}upstream {{name}} { {{#each instances}} server {{address}}:{{port}} weight={{weight}}; {{/each}} }{{/each}}',
  'nginx-upstreams': builtin('nginx-upstreams'),
  'nginx-stream': builtin('nginx-stream'),
  json: builtin('json'),
};

const size = 20;

function makeServices(): Service[] {
  return ['a', 'b', 'c', 'd'].map((name, place) => ({
    name,
    expected: false,
    instances: Array.from({ length: size }, (_, index) =>
      makeInstance({ id: String(index), service: name, address: `192.0.2.${index}`, port: 8000 + place }),
    ),
  }));
}

function replace(view: View, place: number, change: (instances: readonly Instance[]) => readonly Instance[]): View {
  const { services } = view;
  const service = services[place];
  if (service === undefined) throw new Error('no such service');
  return { ...view, services: services.with(place, { ...service, instances: change(service.instances) }) };
}

const drain = (index: number) => (instances: readonly Instance[]) =>
  instances.map((one, at) => (at === index ? { ...one, status: 'draining' as const, weight: 3 } : one));

describe.each(Object.entries(templates))('%s', (_name, text) => {
  const start = makeView({ services: makeServices() });
  const open = (): ((view: View) => number) => {
    const engine = openEngine(text);
    return (view) => {
      const shown = engine?.(view);
      if (shown === undefined || shown instanceof Error) throw shown ?? new Error('unsound');
      return shown.bodies;
    };
  };
  /** The numbers of bodies that run for a second view: for services, and for instances. */
  const rerun = (next: View): number => {
    const bodies = open();
    expect(bodies(start)).toBe(4 + 4 * size);
    return bodies(next);
  };

  test('runs no body for an unchanged view', () => {
    expect(rerun({ ...start, services: [...start.services] })).toBe(0);
  });

  test('runs one service and one instance for a changed instance', () => {
    expect(rerun(replace(start, 1, drain(7)))).toBe(2);
    expect(rerun(replace(start, 3, drain(0)))).toBe(2);
    expect(rerun(replace(start, 0, drain(size - 1)))).toBe(2);
  });

  test('runs a new instance, and its service', () => {
    const added = makeInstance({ id: 'new', service: 'b', address: '192.0.2.100' });
    expect(rerun(replace(start, 1, (instances) => instances.toSpliced(5, 0, added)))).toBe(2);
    expect(rerun(replace(start, 1, (instances) => instances.toSpliced(5, 1)))).toBe(1);
  });

  test('runs one service more for a service that comes', () => {
    const fresh: Service = { name: 'bb', expected: false, instances: [makeInstance({ service: 'bb' })] };
    expect(rerun({ ...start, services: start.services.toSpliced(2, 0, fresh) })).toBe(2);
    expect(rerun({ ...start, services: start.services.toSpliced(1, 1) })).toBe(0);
  });

  test('caches from each view to the next', () => {
    const bodies = open();
    let view = start;
    bodies(view);
    for (let step = 0; step < 10; step++) {
      view = replace(view, step % 4, drain((step * 7) % size));
      expect(bodies(view)).toBe(2);
    }
  });
});

describe('only bodies that read a changed value run again', () => {
  const services = makeServices();
  const [first, ...others] = services;
  const expected = { name: 'a', instances: [], ...first, expected: true };
  const view = makeView({ services, vars: { a: '1', b: '1' }, env: { X: '1' } });
  const rerun = (text: string, next: View): number => {
    const engine = openEngine(text);
    engine?.(view);
    const shown = engine?.(next);
    if (shown === undefined || shown instanceof Error) throw shown ?? new Error('unsound');
    return shown.bodies;
  };
  const loops = (inService: string, inInstance: string): string =>
    `{{#each services}}${inService}{{#each instances}}${inInstance}{{/each}}{{/each}}`;

  test.each([
    ['', '', { vars: { a: '2', b: '1' } }, 0],
    ['{{@root.vars.b}}', '{{@root.vars.b}}', { vars: { a: '2', b: '1' } }, 0],
    ['{{@root.vars.a}}', '', { vars: { a: '2', b: '1' } }, 4],
    ['', '{{@root.vars.a}}', { vars: { a: '2', b: '1' } }, 4 + 4 * size],
    ['', '{{env "X"}}', { env: { X: '1' } }, 0],
    ['{{env "X"}}', '', { env: { X: '2' } }, 4],
    ['', '{{env "X"}}', { env: { X: '2' } }, 4 + 4 * size],
    ['{{caseless name}}', '{{caseless service}}', {}, 0],
    ['{{caseless name}}', '', { services: [{ name: 'A', expected: false, instances: [] }, ...services] }, 1],
    ['{{@index}}', '', { services: services.slice(1) }, 3],
    ['{{@first}}', '', { services: services.slice(1) }, 1],
    ['{{@last}}', '', { services: services.slice(0, 3) }, 1],
    ['{{@root.services.length}}', '', { services: services.slice(1) }, 3],
    ['', '{{../name}}', { services: [expected, ...others] }, 1],
    ['', '{{../expected}}', { services: [expected, ...others] }, 1 + size],
  ])('%s in services, %s in instances', (inService, inInstance, patch, expected) => {
    expect(rerun(loops(inService, inInstance), { ...view, ...patch })).toBe(expected);
  });
});

test('rejected items run and are reported each time, and the other texts are reused', () => {
  const [first, ...others] = makeServices();
  const bad = makeInstance({ id: 'bad', service: 'a', metadata: {} });
  const given = (instances: readonly Instance[]): Instance[] =>
    instances.map((one) => ({ ...one, metadata: { m: 'm' } }));
  const services = [
    { name: 'a', expected: false, instances: [...given(first?.instances ?? []), bad] },
    ...others.map((one) => ({ ...one, instances: given(one.instances) })),
  ];
  const engine = openEngine('{{#each services}}{{#each instances}}{{metadata.m}}{{/each}}{{/each}}');
  const view = makeView({ services });
  const once = engine?.(view);
  if (once === undefined || once instanceof Error) throw once ?? new Error('unsound');
  expect(once.rejected).toMatchObject([{ instance: { id: 'bad' } }]);
  expect(engine?.(view)).toEqual({ ...once, bodies: 2 });
  expect(engine?.({ ...view })).toEqual({ ...once, bodies: 2 });
});
