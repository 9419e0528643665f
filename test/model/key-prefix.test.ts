import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { baseOf, canonicalPrefix, isBelow, selectorOf } from '../../src/model/key-prefix.js';

test.each([
  ['', false, '', { prefix: '' }, ''],
  ['/', false, '/', { prefix: '/' }, '/'],
  ['/services', false, '/services/', { prefix: '/services/' }, '/services/'],
  ['/services/', false, '/services/', { prefix: '/services/' }, '/services/'],
  ['services', false, 'services/', { prefix: 'services/' }, 'services/'],
  ['/services*', false, '/services*', { prefix: '/services' }, '/'],
  ['/services/we*', false, '/services/we*', { prefix: '/services/we' }, '/services/'],
  ['*', false, '*', { prefix: '' }, ''],
  ['/config/app', true, '/config/app', { key: '/config/app' }, '/config/'],
  ['app', true, 'app', { key: 'app' }, ''],
])('%j (exact: %j) is %j', (written, exact, canonical, selector, base) => {
  expect(canonicalPrefix(written, exact)).toBe(canonical);
  expect(selectorOf(canonical)).toEqual(selector);
  expect(baseOf(canonical)).toBe(base);
});

it('reads only keys below the directory, or keys that begin with the text before the star', () => {
  expect(isBelow('/services2/web/1', canonicalPrefix('/services'))).toBe(false);
  expect(isBelow('/services2/web/1', '/services*')).toBe(true);
  expect(isBelow('/config/app/x', canonicalPrefix('/config/app', true))).toBe(false);
  fc.assert(
    fc.property(fc.string(), fc.string(), (prefix, rest) => {
      const canonical = canonicalPrefix(prefix);
      expect(canonicalPrefix(canonical)).toBe(canonical);
      const base = baseOf(canonical);
      // Every key that is read begins with the base, so that its segments can be counted.
      const text = canonical.replace(/\*$/, '');
      expect(isBelow(`${text}${rest}`, canonical)).toBe(true);
      expect(`${text}${rest}`.startsWith(base)).toBe(true);
    }),
  );
});
