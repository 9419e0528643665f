import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileFilter } from '../../src/model/filter.js';
import type { InstanceFilter } from '../../src/model/filter.js';
import { instance } from './instances.js';

const web = instance({
  service: 'team/web-1',
  tags: ['blue', 'public'],
  status: 'draining',
  zone: 'a',
  version: 'v2',
  scheme: 'https',
  metadata: { rack: '7', '': 'x' },
});

describe('filters', () => {
  test.each<[InstanceFilter, boolean]>([
    [{ services: ['api', 'team/web-1'] }, true],
    [{ services: ['web-1'] }, false],
    [{ services: ['*web*'] }, true],
    [{ services: ['team/*'] }, true],
    [{ services: ['*-1'] }, true],
    [{ services: ['t*w*1'] }, true],
    [{ services: ['t*1*1'] }, false],
    [{ services: ['team/web-1*1'] }, false],
    [{ services: ['*'] }, true],
    [{ services: [] }, false],
    [{ tags: ['public'] }, true],
    [{ tags: ['public', 'blue'] }, true],
    [{ tags: ['public', 'green'] }, false],
    [{ tags: [] }, true],
    [{ status: ['passing', 'draining'] }, true],
    [{ status: ['passing'] }, false],
    [{ zones: ['b', 'a'] }, true],
    [{ zones: [''] }, false],
    [{ versions: ['v2'] }, true],
    [{ versions: ['v1'] }, false],
    [{ schemes: ['https'] }, true],
    [{ schemes: ['http'] }, false],
    [{ metadata: { rack: '7' } }, true],
    [{ metadata: { rack: '8' } }, false],
    [{ metadata: { rack: '7', row: '1' } }, false],
    [{ metadata: { constructor: 'x' } }, false],
    [{ services: ['*'], tags: ['public'], zones: ['a'], metadata: { rack: '7' } }, true],
    [{ services: ['*'], tags: ['public'], zones: ['b'] }, false],
  ])('%j: %s', (filter, expected) => {
    expect((compileFilter(filter) ?? (() => true))(web)).toBe(expected);
  });

  it('is undefined when it has no condition', () => {
    for (const filter of [undefined, {}, { tags: [] }, { metadata: {} }]) expect(compileFilter(filter)).toBeUndefined();
  });

  it('matches globs like the equivalent regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.') });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b', '.') }), (glob, service) => {
        const pattern = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(compileFilter({ services: [glob] })?.(instance({ service }))).toBe(pattern.test(service));
      }),
      { numRuns: 2000 },
    );
  });
});
