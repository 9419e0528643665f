import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Fragment, RejectionCode } from '../../src/model/format.js';
import { validateFragment } from '../../src/model/validate.js';
import { faultsOf } from './instances.js';

const origin = { source: 'services', key: '/services/web/i-1' };
const good: Fragment = { service: 'web', id: 'i-1', address: '10.0.0.1', port: 80 };

describe('validating a fragment', () => {
  it('fills in missing fields', () => {
    const result = validateFragment(good, origin);
    expect(result).toEqual({
      ...good,
      ...origin,
      family: 'ipv4',
      host: '10.0.0.1',
      weight: 1,
      scheme: '',
      zone: '',
      version: '',
      tags: [],
      metadata: {},
      status: 'passing',
      held: false,
    });
  });

  it('shares empty tags and metadata among all instances', () => {
    const [a, b] = [validateFragment(good, origin), validateFragment({ ...good, tags: [], metadata: {} }, origin)];
    if ('rejected' in a || 'rejected' in b) throw new Error('both are good');
    expect(a.tags).toBe(b.tags);
    expect(a.metadata).toBe(b.metadata);
  });

  it('sorts tags, drops duplicates, and keeps metadata keys that are properties of every object', () => {
    const metadata = JSON.parse('{"b":"1","__proto__":"p","constructor":"c"}') as Record<string, string>;
    const result = validateFragment({ ...good, tags: ['b', 'a', 'b'], metadata }, origin);
    if ('rejected' in result) throw new Error(result.reason);
    expect(result.tags).toEqual(['a', 'b']);
    expect(Object.entries(result.metadata)).toEqual([
      ['__proto__', 'p'],
      ['b', '1'],
      ['constructor', 'c'],
    ]);
    expect(Object.getPrototypeOf(result.metadata)).toBeNull();
  });

  test.each<[string, Partial<Fragment>, RejectionCode]>([
    ['an empty service', { service: '' }, 'no-service'],
    ['an empty id', { id: '' }, 'bad-name'],
    ['a service with a line end', { service: 'web\nserver evil' }, 'bad-name'],
    ['an id with NUL', { id: 'a\0' }, 'bad-name'],
    ['a zone with DEL', { zone: 'a\x7f' }, 'bad-name'],
    ['a version with NEL', { version: '1\u0085' }, 'bad-name'],
    ['a scheme with a line separator', { scheme: 'http\u2028' }, 'bad-name'],
    ['a tag with a tab', { tags: ['ok', 'a\tb'] }, 'bad-name'],
    ['a metadata key with a carriage return', { metadata: { 'a\r': 'b' } }, 'bad-name'],
    ['a metadata value with a paragraph separator', { metadata: { a: '\u2029' } }, 'bad-name'],
    ['a lone surrogate', { metadata: { a: '\ud800' } }, 'bad-name'],
    ['a long service', { service: 'a'.repeat(513) }, 'bad-name'],
    ['a long tag', { tags: ['a'.repeat(257)] }, 'bad-name'],
    ['many tags', { tags: Array.from({ length: 257 }, (_, index) => String(index)) }, 'bad-name'],
    ['a long metadata value', { metadata: { a: 'a'.repeat(8193) } }, 'bad-name'],
    ['no address', { address: undefined }, 'no-address'],
    ['an empty address', { address: '' }, 'no-address'],
    ['a bad address', { address: 'my_host' }, 'bad-address'],
    ['a wildcard', { address: '[::]' }, 'wildcard-address'],
    ['no port', { port: undefined }, 'no-port'],
    ['port 0', { port: 0 }, 'bad-port'],
    ['port 65536', { port: 65_536 }, 'bad-port'],
    ['a port that is no number', { port: NaN }, 'bad-port'],
    ['a fractional port', { port: 80.5 }, 'bad-port'],
    ['a negative weight', { weight: -1 }, 'bad-weight'],
    ['a fractional weight', { weight: 1.5 }, 'bad-weight'],
    ['a huge weight', { weight: 65_536 }, 'bad-weight'],
  ])('rejects %s', (_, change, code) => {
    expect(validateFragment({ ...good, ...change }, origin)).toMatchObject({ rejected: code });
  });

  it('accepts weight 0, the highest port and text in any script', () => {
    const result = validateFragment({ ...good, weight: 0, port: 65_535, zone: 'Zürich 🏔' }, origin);
    expect(result).toMatchObject({ weight: 0, port: 65_535, zone: 'Zürich 🏔' });
  });

  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const option = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  const fragments: fc.Arbitrary<Fragment> = fc.record({
    service: text,
    id: text,
    address: option(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), text)),
    port: option(fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.double())),
    weight: option(fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.double())),
    scheme: option(text),
    zone: option(text),
    version: option(text),
    tags: option(fc.array(text)),
    metadata: option(fc.dictionary(text, text)),
    status: option(fc.constantFrom('passing', 'draining', 'critical')),
  });
  const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  const likely = fragments.chain((fragment) =>
    fc.record({
      ...Object.fromEntries(Object.entries(fragment).map(([field, value]) => [field, fc.constant(value)])),
      service: printable,
      id: printable,
      scheme: fc.constant(''),
      zone: printable,
      version: printable,
      tags: fc.array(printable),
      metadata: fc.dictionary(printable, printable),
      address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      port: fc.integer({ min: 1, max: 65_535 }),
      weight: fc.integer({ min: 0, max: 65_535 }),
    }),
  ) as fc.Arbitrary<Fragment>;

  it('makes only instances that fulfil the contract of the view', () => {
    let made = 0;
    fc.assert(
      fc.property(fc.oneof(fragments, likely), (fragment) => {
        const result = validateFragment(fragment, origin);
        if ('rejected' in result) return;
        made++;
        expect(faultsOf(result)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(made).toBeGreaterThan(50);
  });

  it('never quotes a field in its reason', () => {
    const secret = 's3cr3t-7f2a';
    fc.assert(
      fc.property(
        fc.constantFrom('service', 'id', 'address', 'zone', 'version', 'scheme'),
        fc.constantFrom('\n', '\0', '_:'),
        (field, bad) => {
          const result = validateFragment({ ...good, [field]: secret + bad }, origin);
          expect(JSON.stringify('rejected' in result ? result : '')).not.toContain(secret);
        },
      ),
    );
  });
});
