import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RollcallError } from '../../src/model/errors.js';
import { normalizeRegistration } from '../../src/model/registration.js';
import type { Registration } from '../../src/model/registration.js';

const good: Registration = { service: 'web', address: '10.0.0.1', port: 80 };
const refusal = (registration: unknown): RollcallError => {
  try {
    normalizeRegistration(registration as Registration);
  } catch (error) {
    if (error instanceof RollcallError) return error;
    throw error;
  }
  throw new Error('it was taken');
};

describe('normalizing a registration', () => {
  it('fills in missing fields except the weight, whose default depends on the format', () => {
    expect(normalizeRegistration(good)).toEqual({
      ...good,
      id: '10.0.0.1:80',
      weight: undefined,
      scheme: '',
      zone: '',
      version: '',
      tags: [],
      metadata: {},
      status: 'passing',
    });
  });

  it('makes it canonical, and is idempotent', () => {
    const settled = normalizeRegistration({
      ...good,
      address: '[FD00:0::1]',
      weight: 0,
      scheme: 'GRPC',
      tags: ['b', 'a', 'b'],
      metadata: { b: '1', a: '' },
      status: 'draining',
    });
    expect(settled).toMatchObject({ id: '[fd00::1]:80', address: 'fd00::1', weight: 0, scheme: 'grpc' });
    expect([settled.tags, Object.entries(settled.metadata)]).toEqual([
      ['a', 'b'],
      [
        ['a', ''],
        ['b', '1'],
      ],
    ]);
    expect(normalizeRegistration(settled)).toEqual(settled);
    for (const part of [settled, settled.tags, settled.metadata]) expect(Object.isFrozen(part)).toBe(true);
    expect(normalizeRegistration({ ...settled, port: 81 })).toEqual({ ...settled, port: 81 });
  });

  it('accepts metadata of another realm, and keys that are properties of every object', () => {
    const metadata = runInNewContext(`JSON.parse('{"__proto__":"p","constructor":"c"}')`) as Record<string, string>;
    expect(Object.entries(normalizeRegistration({ ...good, metadata }).metadata)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
  });

  test.each<[string, object, string]>([
    ['no service', { service: '' }, 'the service has no name'],
    ['a service that is no text', { service: 7 }, 'the service name is not a string'],
    ['a service with a line end', { service: 'web\nevil' }, 'the service name contains a control character'],
    ['a service with NUL', { service: 'web\0' }, 'the service name contains a control character'],
    ['a service that is half a sign', { service: '\ud83d' }, 'the service name contains a control character or is not'],
    ['an endless service', { service: 'a'.repeat(1e6) }, 'the service name is longer than'],
    ['a slash in the id', { id: '../x' }, 'the id contains a slash'],
    ['an empty id', { id: '' }, 'the registration has no id'],
    ['an id of null', { id: null }, 'the id is not a string'],
    ['no address', { address: undefined }, 'the address is not a string'],
    ['an empty address', { address: '' }, 'no address is given'],
    ['an address with a port', { address: '10.0.0.1:80' }, 'the address is neither'],
    ['a URL', { address: 'http://10.0.0.1' }, 'the address is neither'],
    ['a wildcard', { address: '0.0.0.0' }, 'the address is a wildcard'],
    ['a wildcard of IPv6', { address: '[::]' }, 'the address is a wildcard'],
    ['no port', { port: undefined }, 'the port is not a number'],
    ['a port as text', { port: '80' }, 'the port is not a number'],
    ['port 0', { port: 0 }, 'the port is not a whole number from 1 to 65535'],
    ['half a port', { port: 80.5 }, 'the port is not a whole number from 1 to 65535'],
    ['a weight below 0', { weight: -1 }, 'the weight is not a whole number from 0 to 65535'],
    ['a weight of nothing', { weight: null }, 'the weight is not a whole number'],
    ['a weight that is no number', { weight: NaN }, 'the weight is not a whole number'],
    ['a scheme of no URL', { scheme: 'http://' }, 'the scheme is not a URL scheme'],
    ['a zone with DEL', { zone: 'a\x7f' }, 'the zone contains a control character'],
    ['a version that is no text', { version: 2 }, 'the version is not a string'],
    ['tags as one text', { tags: 'a,b' }, 'the tags are not an array'],
    ['an empty tag', { tags: ['a', ''] }, 'the tags are not an array of non-empty strings'],
    ['a hole in the tags', { tags: new Array(1) }, 'the tags are not an array'],
    ['a tag with a tab', { tags: ['a\tb'] }, 'a tag contains a control character'],
    ['too many tags', { tags: Array.from({ length: 257 }, (_, i) => `t${i}`) }, 'more than 256 tags'],
    ['metadata of numbers', { metadata: { a: 1 } }, 'the metadata is not an object with string values'],
    ['metadata that is a map', { metadata: new Map([['a', 'b']]) }, 'the metadata is not an object with string values'],
    ['metadata that is a list', { metadata: ['a'] }, 'the metadata is not an object with string values'],
    ['a metadata key with a line end', { metadata: { 'a\r': 'b' } }, 'a metadata key contains a control character'],
    ['an enormous metadata value', { metadata: { a: 'x'.repeat(1e6) } }, 'a metadata value is longer than'],
    ['another status', { status: 'up' }, 'the status is not passing, draining or critical'],
    ['a field that is mistyped', { wieght: 5 }, 'an unknown field; did you mean weight?'],
    ['a field of something else', { ttl: 5 }, 'an unknown field; the fields are service, id'],
  ])('refuses %s and names the field', (_, change, reason) => {
    const error = refusal({ ...good, ...change });
    expect(error).toMatchObject({ code: 'REGISTRATION_INVALID', retry: false });
    expect(error.message).toMatch(/^the registration cannot be written: /);
    expect(error.message).toContain(reason);
  });

  test.each([[undefined], [null], ['web'], [7]])('refuses %s instead of a registration', (registration) => {
    expect(refusal(registration)).toMatchObject({ code: 'REGISTRATION_INVALID' });
  });

  it('accepts or refuses any input, and never quotes a refused value', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', '10.0.0.1', 'passing', '\0', '/', '\ud800'),
    );
    const anything = fc.oneof(text, fc.integer(), fc.double(), fc.anything({ maxDepth: 1 }));
    const fields = ['service', 'id', 'address', 'port', 'weight', 'scheme', 'zone', 'version', 'tags', 'metadata'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields, 'status'), anything, { maxKeys: 3 }), (change) => {
        const marked = { ...good, ...change };
        try {
          const settled = normalizeRegistration(marked);
          expect(normalizeRegistration(settled)).toEqual(settled);
          expect(JSON.stringify(settled).isWellFormed()).toBe(true);
        } catch (error) {
          if (!(error instanceof RollcallError)) throw error;
          expect(error.code).toBe('REGISTRATION_INVALID');
        }
      }),
      { numRuns: 150 },
    );
    expect(refusal({ ...good, metadata: { a: 'hunter2\0' } }).message).not.toContain('hunter2');
  });
});
