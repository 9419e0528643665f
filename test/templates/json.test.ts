import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileTemplate } from '../../src/render/template.js';
import { hostile } from '../render/hostile.js';
import { makeService, makeView } from '../render/views.js';

const text = readFileSync(join(import.meta.dirname, '../../templates/json.hbs'), 'utf8');
const template = compileTemplate({ name: 'json', text, scope: 'root', known: { env: [], vars: {} } });

test('is JSON by its head comment', () => {
  expect(template.dialect).toBe('json');
});

test('writes all fields of all services, for any values', () => {
  const clean = hostile.filter((value) => !/\p{Surrogate}/u.test(value));
  const instance = fc.record({
    id: clean,
    key: clean,
    zone: clean,
    version: clean,
    weight: fc.nat(65535),
    port: fc.integer({ min: 1, max: 65535 }),
    tags: fc.array(clean, { maxLength: 3 }),
    metadata: fc.dictionary(clean, clean, { maxKeys: 3 }),
    status: fc.constantFrom('passing' as const, 'draining' as const, 'critical' as const),
    held: fc.boolean(),
  });
  const services = fc.array(fc.record({ name: clean, instances: fc.array(instance, { maxLength: 3 }), expected: fc.boolean() }), { maxLength: 3 });
  fc.assert(
    fc.property(services, (list) => {
      const view = makeView({ services: list.map(({ name, instances, expected }) => makeService(name, instances, expected)) });
      const { text: out, rejected } = template.render(view);
      expect(rejected).toEqual([]);
      expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify({ target: 'proxy', services: view.services })));
    }),
  );
});
