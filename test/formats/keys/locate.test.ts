import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formats, layoutOf, type FormatName } from '../../../src/formats/registry.js';
import { patternsOf } from '../../../src/formats/keys/layout.js';
import { createKeyLocator } from '../../../src/formats/keys/locate.js';
import { compileKeyPattern, isService } from '../../../src/formats/keys/pattern.js';

const usual = { patterns: ['<service>/<id>'] } as const;

describe('the service and the id of a key', () => {
  it('are counted from the prefix, never from the end', () => {
    const keys = createKeyLocator(usual, { base: '/services/' });
    expect(keys.locate('/services/web/1')).toEqual({ service: 'web', id: '1', others: [], serviceFromSource: false });
    expect(keys.locate('/services/team-b/web/evil')).toEqual({
      rejected: 'key-mismatch',
      reason: 'the key, after /services/, does not fit <service>/<id>',
    });
    expect(keys.locate('/services2/web/1')).toMatchObject({ rejected: 'key-mismatch' });
  });

  it('have the service of the source when the keys name none', () => {
    const keys = createKeyLocator(usual, { base: 'server/', service: 'server' });
    expect(keys.locate('server/001')).toEqual({ service: 'server', id: '001', others: [], serviceFromSource: true });
    expect(keys.locate('server/web/001')).toMatchObject({ rejected: 'key-mismatch' });
  });
});

describe('the patterns of a format', () => {
  const texts = (...[name, base, more]: [FormatName, string, object?]) => {
    const layout = layoutOf(name);
    if (layout === undefined) throw new Error(name);
    return patternsOf(layout, { base, ...more }).map(({ text }) => text);
  };

  test.each<[FormatName, string, object | undefined, string[]]>([
    ['plain', '/', undefined, ['<service>/<id>']],
    ['kitex', 'kitex/registry-etcd/', undefined, ['<service>/<id>']],
    ['kitex', '', undefined, ['kitex/registry-etcd/<service>/<id>']],
    ['kitex', 'kitex/', undefined, ['registry-etcd/<service>/<id>']],
    // Without a prefix its keys are /<service>/<address>.
    ['kitex', '/', undefined, ['<service>/<id>']],
    ['kratos', '/', undefined, ['microservices/<service...>/<id>']],
    ['kratos', '/prod/', undefined, ['<service...>/<id>']],
    ['nerve', '/nerve/services/', undefined, ['<service>/services/<id>/<_>', '<service>/<id>/<_>']],
    ['nerve', '/nerve/services/web/', { service: 'web' }, ['services/<id>/<_>', '<id>/<_>']],
    ['patroni', '/service/batman/', { service: 'pg' }, ['members/<id>']],
    ['apisix', '/apisix/upstreams/7/', { service: 'web' }, ['<id>']],
    ['plain', 'server/', { service: 'server' }, ['<id>']],
    ['plain', '/x/', { key: 'v1/<service>/<id>' }, ['v1/<service>/<id>']],
  ])('of %s below %j with %j are %j', (name, base, more, expected) => {
    expect(texts(name, base, more)).toEqual(expected);
  });

  it('never read two services from one key', () => {
    for (const name of Object.keys(formats) as FormatName[]) {
      const layout = layoutOf(name);
      if (layout === undefined) continue;
      expect(layout.root ?? '/', name).toMatch(/\/$/);
      const patterns = layout.patterns.map(compileKeyPattern);
      expect(patterns.every(({ namesService }) => namesService)).toBe(true);
      // Only literals come before the service, at the same segment in all patterns: so a key prefix belongs to one tenant.
      const before = patterns.map(({ parts }) => parts.slice(0, parts.findIndex(isService)));
      expect(
        before.flat().every(({ kind }) => kind === 'literal'),
        name,
      ).toBe(true);
    }
  });
});

describe('a tree of keys', () => {
  const segment = fc.constantFrom('web', 'team-b', 'services', 'instances', '', '.', '..', 'a%2Fb', 'web ', 'ẅeb', '1');
  const keys = fc.array(segment, { minLength: 1, maxLength: 6 });
  const patterns = fc
    .tuple(
      fc.array(fc.constantFrom('services', 'team-b', 'v1'), { maxLength: 2 }),
      fc.constantFrom('<service>', '<service...>'),
      fc.array(fc.constantFrom('instances', '<id>', '<_>'), { maxLength: 3 }),
    )
    .map((parts) => parts.flat().join('/'));

  it('gives nothing below a tenant’s prefix to a service that does not begin there', () => {
    fc.assert(
      fc.property(keys, patterns, fc.constantFrom('', '/', '/services/'), keys, (tenant, text, base, rest) => {
        const found = createKeyLocator({ patterns: [text] }, { base });
        const own = `${base}${tenant.join('/')}/`;
        const place = found.locate(`${own}${rest.join('/')}`);
        if ('rejected' in place) return;
        const literals = text.split('/').findIndex((part) => part.startsWith('<service'));
        // The part of the service's name that the tenant's prefix fixes.
        const granted = tenant.slice(literals);
        const named = text.includes('...') ? place.service.split('/') : [place.service];
        const shared = Math.min(granted.length, named.length);
        expect(named.slice(0, shared)).toEqual(granted.slice(0, shared));
      }),
      { numRuns: 2000 },
    );
  });
});
