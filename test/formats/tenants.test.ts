import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createFold } from '../../src/snapshot/fold.js';
import { entry, makeFormat } from './entries.js';
import { attacks, evil, nameOf, names, territories, values } from './tenants.js';

const read = (format: string, pairs: Iterable<readonly [string, string]>) => {
  const { prefix } = territories[format] ?? { prefix: '' };
  const fold = createFold({ source: 's', prefix, format: makeFormat(format, { base: prefix }) });
  const entries = Array.from(pairs, ([key, value]) => entry(key, value)).filter(({ key }) => key.startsWith(prefix));
  const { services } = fold.apply({ kind: 'sync', revision: '1', clusterId: '1', entries });
  return [...services].filter(([, { instances }]) => instances.some(({ address }) => address === evil.address));
};

/** Whether a service belongs to the tenant: its name equals the tenant's name or begins with it (a DNS name: ends with it). */
const isOwn = (format: string, name: string, tenant: string) => {
  const own = nameOf(format, tenant);
  return name === own || (format === 'skydns' ? name.endsWith(`.${own}`) : name.startsWith(`${own}/`));
};

it('the tests know the tenant prefix of every format', () => {
  expect(Object.keys(territories).sort()).toEqual(names.toSorted());
});

describe.each(names)('a tenant of %s', (format) => {
  const territory = territories[format] ?? territories.plain;
  if (territory === undefined) throw new Error(format);

  test('registers its own service', () => {
    const found = read(format, [[territory.key('team-b'), territory.value('team-b')]]);
    const strips = format === 'skydns';
    expect(found.map(([name]) => name)).toEqual([nameOf(format, 'team-b')]);
    expect(strips ? found.length : found[0]?.[1].instances.length).toBe(1);
  });

  test('cannot register an instance of another service by any key and value below its prefix', () => {
    let accepted = 0;
    for (const tenant of ['team-b', 'a', 'web-2', 'we']) {
      const own = territory.own(tenant);
      for (const value of [...values('web'), territory.value(tenant)]) {
        const pairs = [territory.key(tenant), ...attacks('web').map((end) => `${own}${end}`)].map(
          (key) => [key, value] as const,
        );
        for (const [name] of read(format, pairs)) {
          accepted++;
          expect(isOwn(format, name, tenant), `${own}… as ${name} by ${value}`).toBe(true);
        }
      }
    }
    // The attacks are valid registrations, but of the attacker's service.
    expect(accepted).toBeGreaterThan(0);
  });

  test('cannot register an instance of a service below a prefix without the name of this service', () => {
    const segment = fc.constantFrom('web', 'team-b', 'services', 'providers', 'members', 'http', 'x', '..', '', 'i-1');
    const tails = fc.oneof(
      fc.constantFrom(...attacks('web')),
      fc.array(segment, { maxLength: 6 }).map((it) => it.join('/')),
    );
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}$/),
        tails,
        fc.constantFrom(...values('web')),
        (tenant, tail, value) => {
          fc.pre(tenant !== 'web');
          for (const [name] of read(format, [[`${territory.own(tenant)}${tail}`, value]]))
            expect(isOwn(format, name, tenant), name).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
