import fc from 'fast-check';
import { freezeCopy } from '../../../src/model/deep-freeze.js';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import { makeInstance } from '../views.js';

/** A change of a view. Numbers select existing items. */
export type Event =
  | { readonly kind: 'put'; readonly service: number; readonly id: number; readonly patch: Partial<Instance> }
  | { readonly kind: 'remove' | 'reverse' | 'copy'; readonly service: number; readonly at: number }
  | { readonly kind: 'drop' | 'expect'; readonly service: number }
  | { readonly kind: 'vars'; readonly vars: Readonly<Record<string, unknown>> }
  | { readonly kind: 'key'; readonly key: string; readonly value: string }
  | { readonly kind: 'env'; readonly region: string }
  | { readonly kind: 'again' };

const service = fc.nat({ max: 5 });
const at = fc.nat({ max: 12 });

const patch = fc.record(
  {
    port: fc.constantFrom(80, 81),
    weight: fc.constantFrom(0, 1, 5),
    zone: fc.constantFrom('', 'z1'),
    status: fc.constantFrom('passing' as const, 'draining' as const, 'critical' as const),
    family: fc.constantFrom('ipv4' as const, 'name' as const),
    tags: fc.constantFrom([], ['x'], ['x', 'y']),
    metadata: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom({ m: '1', region: 'eu' }, { m: '2', region: 'eu' }) },
      { weight: 1, arbitrary: fc.constantFrom({}, { region: 'eu' }, { m: 'line\nbreak', region: 'us' }) },
    ),
  },
  { requiredKeys: ['metadata'] },
) as fc.Arbitrary<Partial<Instance>>;

export const vars = fc.record({
  prefix: fc.constantFrom('', 'p-'),
  flag: fc.boolean(),
  key: fc.constantFrom('m', 'region'),
  list: fc.constantFrom(['a'], ['a', 'b', 'a']),
});

export const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), service, id: at, patch }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'copy' as const), service, at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reverse' as const), service, at }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'expect' as const), service }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('vars' as const), vars }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('env' as const), region: fc.constantFrom('eu', 'us') }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('key' as const),
        key: fc.constantFrom('/config/a', '/config/b', '/config/1', '/config/d/e', '/m/x', '/region/y'),
        value: fc.constantFrom('', 'A', 'B'),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'again' as const }) },
  ),
  { minLength: 2, maxLength: 10 },
);

/** Names that differ in case only are among them. */
const names = ['api', 'Web', 'web', 'db', 'mail', 'DB'];

export function firstView(count: number, first: Readonly<Record<string, unknown>>): View {
  const services = names.slice(0, count).map((name, place) => ({
    name,
    expected: place % 3 === 0,
    instances: Array.from({ length: (place * 3) % 7 }, (_, id) =>
      instanceOf(name, id, { metadata: { m: '1', region: 'eu' } }),
    ),
  }));
  return {
    services: sorted(services),
    kv: { pairs: [{ key: '/config/a', value: 'A' }], tree: {} },
    vars: freezeCopy(first),
    env: { REGION: 'eu' },
    target: { name: 'proxy' },
  };
}

/** The next view. Like the model, it shares all untouched objects with this view. */
export function happen(view: View, event: Event): View {
  switch (event.kind) {
    case 'vars':
      return { ...view, vars: freezeCopy(event.vars) };
    case 'env':
      return { ...view, env: { REGION: event.region } };
    case 'key': {
      // '' takes the key away.
      const others = view.kv.pairs.filter(({ key }) => key !== event.key);
      const pairs = event.value === '' ? others : [...others, { key: event.key, value: event.value }];
      return { ...view, kv: { pairs: pairs.toSorted((a, b) => (a.key < b.key ? -1 : 1)), tree: {} } };
    }
    case 'again':
      return { ...view };
    case 'drop':
      return { ...view, services: view.services.filter(({ name }) => name !== names[event.service]) };
    case 'expect':
      return change(view, event.service, (one) => ({ ...one, expected: !one.expected }));
    case 'put':
      return change(view, event.service, (one) => {
        const instance = instanceOf(one.name, event.id, event.patch);
        const others = one.instances.filter(({ id }) => id !== instance.id);
        const place = others.filter(({ id }) => Number(id) < event.id).length;
        return { ...one, instances: others.toSpliced(place, 0, instance) };
      });
    case 'remove':
      return change(view, event.service, (one) => ({ ...one, instances: one.instances.toSpliced(event.at, 1) }));
    case 'reverse':
      return change(view, event.service, (one) => ({ ...one, instances: one.instances.toReversed() }));
    case 'copy':
      // An equal but different object.
      return change(view, event.service, (one) => ({
        ...one,
        instances: one.instances.map((instance, place) => (place === event.at ? { ...instance } : instance)),
      }));
  }
}

function change(view: View, place: number, alter: (service: Service) => Service): View {
  const name = names[place] ?? '';
  const before = view.services.find((one) => one.name === name) ?? { name, expected: false, instances: [] };
  return { ...view, services: sorted([...view.services.filter((one) => one !== before), alter(before)]) };
}

function sorted(services: readonly Service[]): readonly Service[] {
  return services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function instanceOf(name: string, id: number, patched: Partial<Instance>): Instance {
  return makeInstance({
    id: String(id),
    service: name,
    key: `/services/${name}/${id}`,
    address: `192.0.2.${id}`,
    ...patched,
  });
}
