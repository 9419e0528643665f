import { describe, expect, it, test } from 'vitest';
import { adviseKeys, describeAdvice } from '../../../src/formats/keys/advice.js';
import { baseOf } from '../../../src/model/key-prefix.js';
import { createFold } from '../../../src/snapshot/fold.js';
import { entry, makeFormat } from '../entries.js';

const read = (prefix: string, keys: readonly string[], key?: string) =>
  createFold({ source: 's', prefix, format: makeFormat('plain', { base: baseOf(prefix), key }) }).apply({
    kind: 'sync',
    revision: '1',
    clusterId: '1',
    entries: keys.map((each, at) => entry(each, `10.0.0.${at + 1}:80`)),
  });

describe('advice for a source most of whose keys do not fit', () => {
  test.each<[string, string, string[], string[]]>([
    ['one segment', 'server/', ['server/001', 'server/002'], ['`service: server`', '`key: <service>`']],
    ['one segment of no directory', '', ['web', 'api'], ['`service: NAME`', '`key: <service>`']],
    [
      'a prefix that ends inside a service',
      '/services/web/',
      ['/services/web/i-1', '/services/web/i-2'],
      ['`service: web`', '`key: <service>`'],
    ],
    ['a literal before', '/', ['/prod/web/1', '/prod/api/2'], ['`key: prod/<service>/<id>`']],
    [
      'a literal between',
      '/services/',
      ['/services/web/instances/i-1', '/services/api/instances/i-2'],
      ['`key: <service>/instances/<id>`'],
    ],
    [
      'nerve',
      '/nerve/services/',
      ['/nerve/services/web/services/h1/001', '/nerve/services/api/services/h2/001'],
      ['`key: <service>/services/<id>/<id>`'],
    ],
    [
      'several segments',
      '/',
      ['/myapp/upstream/1', '/other/backend/2'],
      ['`key: <service>/<id>/<id>`', '`key: <service...>/<id>`'],
    ],
    [
      'a stray among them',
      '/inst/',
      ['/inst/web/instances/i1', '/inst/api/instances/i2', '/inst/web/other/i1'],
      ['`key: <service>/instances/<id>`'],
    ],
    [
      'a prefix that ends within a segment',
      '/services*',
      ['/services/web/1', '/services2/api/1'],
      ['`key: <_>/<service>/<id>`'],
    ],
    [
      'a slash too few, and more segments',
      '',
      ['/x/web/v/1', '/y/api/v/2'],
      ['`prefix: /` with `key: <service...>/v/<id>`'],
    ],
    ['one key that is read alone', '/etcd/hello', ['/etcd/hello'], ['`service: hello`', '`key: <service>`']],
    ['a slash too few in the prefix', '', ['/web/1', '/api/2'], ['`prefix: /`']],
    ['one key', '/', ['/myapp/upstream/app1'], []],
    ['one service', '/', ['/web/instances/1', '/web/instances/2'], ['`key: <service>/instances/<id>`']],
  ])('%s: names a setting that fits', (_, prefix, keys, remedies) => {
    const advice = adviseKeys(read(prefix, keys));
    expect(advice).toMatchObject({ mismatched: keys.length, keys: keys.length, remedies });
    // The advised pattern reads the keys, if it names the service.
    const pattern = /^`key: (.*<service.*)`$/.exec(remedies.at(-1) ?? '')?.[1];
    if (pattern !== undefined) expect(read(prefix, keys, pattern).rejected.length * 2).toBeLessThan(keys.length);
  });

  it('is absent when most keys fit, and for a source without keys', () => {
    expect(adviseKeys(read('/', ['/web/1', '/web/2', '/a/b/3']))).toBeUndefined();
    expect(adviseKeys(read('/', []))).toBeUndefined();
  });

  it('has no remedy when no pattern reads most of the keys', () => {
    const keys = ['/a//1', '/b//2', '/c//3'];
    expect(adviseKeys(read('/', keys))?.remedies).toEqual([]);
  });

  it('takes little time and clips the example when keys are long and deep', () => {
    const deep = Array.from({ length: 200 }, (_, at) => `/${'abc/'.repeat(300_000)}${at}`);
    const advice = adviseKeys(read('/', deep));
    expect(advice).toMatchObject({ mismatched: 200, remedies: [] });
    expect(advice?.example.length).toBeLessThan(600);
  });

  it('is one sentence', () => {
    const text = (...args: Parameters<typeof read>) => {
      const advice = adviseKeys(read(...args));
      return advice && describeAdvice(advice);
    };
    expect(text('server/', ['server/001'])).toBe(
      'the only key, "server/001", does not fit <service>/<id>: write `service: server`, or `key: <service>`',
    );
    expect(text('/', ['/a/1', '/p/a/1', '/p/b/2'])).toBe(
      '2 of 3 keys do not fit <service>/<id>, such as "/p/a/1": write `key: p/<service>/<id>`',
    );
  });
});
