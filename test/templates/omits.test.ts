import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftOutRules } from '../../src/build/left-out-rules.js';
import type { Instance } from '../../src/model/instance.js';
import { makeService, makeView } from '../render/views.js';
import { compileBuiltIn } from './views.js';

const folder = join(import.meta.dirname, '../../templates');

/** The vars that a template needs, and other values of those on which its `omits:` depends. */
const vars: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  'bind-zone': [{ zone: 'svc.example.com', ns: ['ns1.example.com'] }],
  dotenv: [{ services: true }],
  'nginx-stream': [{}, { allowNames: true }],
  'nginx-upstreams': [{}, { allowNames: true }],
  'prometheus-file-sd': [{}, { critical: true }],
};
/** They write names of services, not instances. */
const others = new Set(['haproxy-map', 'nginx-map']);

const some: fc.Arbitrary<Partial<Instance>> = fc.record({
  status: fc.constantFrom('passing', 'draining', 'critical'),
  weight: fc.constantFrom(0, 1, 300),
  family: fc.constantFrom('ipv4', 'name'),
});

describe('what a built-in template says that it omits', () => {
  const cases = readdirSync(folder)
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => file.slice(0, -'.hbs'.length))
    .filter((name) => !others.has(name))
    .flatMap((name) => (vars[name] ?? [{}]).map((given) => ({ name, given })));

  it.each(cases)('is just what is not in the output of $name with $given', ({ name, given }) => {
    const text = readFileSync(join(folder, `${name}.hbs`), 'utf8');
    const template = compileBuiltIn(name, text, given);
    const rules = leftOutRules({}, [{ template, name, omits: template.omits }], given);
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 8 }), (list) => {
        const service = makeService(
          'web',
          list.map((over, n) => {
            const address = over.family === 'name' ? `host-${n}.example.com` : `192.0.2.${n + 1}`;
            return { id: String(n), address, ...over };
          }),
        );
        const { text: written } = template.render(makeView({ services: [service], vars: given }));
        const missing = service.instances.filter(({ host }) => !new RegExp(`${host.replaceAll('.', '\\.')}(?!\\d)`).test(written));
        const declared = service.instances.filter((instance) => rules.some(({ has }) => has(instance)));
        expect(declared.map(({ host }) => host)).toEqual(missing.map(({ host }) => host));
      }),
      { numRuns: 60 },
    );
  });
});
