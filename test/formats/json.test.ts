import { describe, expect, it, test } from 'vitest';
import type { FormatContext } from '../../src/formats/kind.js';
import { decode, makeFormat } from './entries.js';

const make = (spec: Parameters<typeof makeFormat>[0], context: FormatContext = {}) =>
  makeFormat(spec, { base: '/services/', ...context });
const json = make('json');
const key = '/services/web/i-1';
const place = { service: 'web', id: 'i-1' };
const read = (value: object | string, format = json) =>
  decode(format, key, typeof value === 'string' ? value : JSON.stringify(value));

describe('the usual names', () => {
  test.each<[object, object]>([
    [
      { address: '10.0.0.1', port: 80 },
      { address: '10.0.0.1', port: 80 },
    ],
    [{ addr: '10.0.0.1:80' }, { address: '10.0.0.1', port: 80 }],
    [
      { host: 'core-01', port: 80, version: '52c7248a14' },
      { address: 'core-01', port: 80, version: '52c7248a14' },
    ],
    [
      { ip: 'fd00::110', port: '3000' },
      { address: 'fd00::110', port: 3000 },
    ],
    [
      { ip: '[fd00::110]', port: 3000 },
      { address: '[fd00::110]', port: 3000 },
    ],
    [
      { hostname: 'a.example.com', port: 80 },
      { address: 'a.example.com', port: 80 },
    ],
    [
      { Address: '', Host: '10.0.0.81', Port: 20_000, Weight: 50 },
      { address: '10.0.0.81', port: 20_000, weight: 50 },
    ],
    [
      { address: '10.0.0.1', host: 'other', port: 80 },
      { address: '10.0.0.1', port: 80 },
    ],
    [{ address: 'https://10.0.0.1/x' }, { address: '10.0.0.1', port: 443, scheme: 'https' }],
    [
      { address: 'http://10.0.0.1', port: 8080, scheme: 'H2C' },
      { address: '10.0.0.1', port: 8080, scheme: 'h2c' },
    ],
    [
      { address: '10.0.0.1:80', port: 80 },
      { address: '10.0.0.1', port: 80 },
    ],
    [
      { address: '10.0.0.1:80', port: 0 },
      { address: '10.0.0.1', port: 80 },
    ],
    [
      { address: '10.0.0.1', port: 0 },
      { address: '10.0.0.1', port: 0 },
    ],
    [
      { ip: '10.0.0.1', port: 80, protocol: 'grpc', zone: 'a', version: 2 },
      { address: '10.0.0.1', port: 80, scheme: 'grpc', zone: 'a', version: '2' },
    ],
    [
      { ip: '10.0.0.1', port: 80, weight: '7' },
      { address: '10.0.0.1', port: 80, weight: 7 },
    ],
    [
      { ip: '10.0.0.1', port: 80, weight: 0 },
      { address: '10.0.0.1', port: 80, weight: 0 },
    ],
    [
      { ip: '10.0.0.1', port: 80, weight: 'heavy' },
      { address: '10.0.0.1', port: 80, weight: 'NaN' },
    ],
    [
      { ip: '10.0.0.1', port: 'http' },
      { address: '10.0.0.1', port: 'NaN' },
    ],
    [
      { ip: '10.0.0.1', port: 80, tags: ['b', 1, null, ''] },
      { address: '10.0.0.1', port: 80, tags: ['b', '1'] },
    ],
    [
      { ip: '10.0.0.1', port: 80, tags: 'b, a,' },
      { address: '10.0.0.1', port: 80, tags: ['b', 'a'] },
    ],
    [
      { ip: '10.0.0.1', port: 80, tags: { idc: 'hl' } },
      { address: '10.0.0.1', port: 80, metadata: { idc: 'hl' } },
    ],
    [
      { ip: '10.0.0.1', port: 80, tags: { a: '1', b: '2' }, meta: { b: 3 } },
      { address: '10.0.0.1', port: 80, metadata: { a: '1', b: '3' } },
    ],
    [
      { ip: '10.0.0.1', port: 80, metadata: { n: 1.5, t: true, o: { x: [1, null] }, gone: null, s: 's' } },
      { address: '10.0.0.1', port: 80, metadata: { n: '1.5', t: 'true', o: '{"x":[1,null]}', s: 's' } },
    ],
    [
      { ip: '10.0.0.1', port: 80, metadata: [], tags: null, zone: null, weight: null, status: '' },
      { address: '10.0.0.1', port: 80 },
    ],
    [{ port: 80 }, {}],
  ])('%j', (value, fragment) => {
    expect(read(value)).toEqual({ fragments: [{ ...place, ...fragment }] });
  });

  test.each([
    ['passing', ['passing', 'UP', 'healthy', 'ok', true, 'Serving', 'warning']],
    ['draining', ['draining', 'drain', 'Leaving', 'shutting_down']],
    [
      'critical',
      ['critical', 'DOWN', 'unhealthy', false, 'false', 'NOT_SERVING', 'OutOfService', 'out-of-service', 'maintenance'],
    ],
  ])('status %s', (status, words) => {
    for (const word of words) {
      expect(read({ ip: '10.0.0.1', port: 80, status: word }), String(word)).toMatchObject({ fragments: [{ status }] });
    }
  });

  it('reads health under its other names', () => {
    expect(read({ ip: '10.0.0.1', port: 80, healthy: false })).toMatchObject({ fragments: [{ status: 'critical' }] });
    expect(read({ ip: '10.0.0.1', port: 80, health: 'up' })).toMatchObject({ fragments: [{ status: 'passing' }] });
  });
});

describe('what json refuses', () => {
  test.each<[string, object | string, string]>([
    ['nothing', '', 'not-recognised'],
    ['a list', '[]', 'not-recognised'],
    ['a text', '"10.0.0.1:80"', 'not-recognised'],
    ['host:port', '10.0.0.1:80', 'not-recognised'],
    ['half an object', '{"address":"10.0.0.1"', 'not-recognised'],
    ['an endless value', `{"a":"${'a'.repeat(300_000)}"}`, 'not-recognised'],
    ['an address that is not text', { address: 7 }, 'bad-address'],
    ['an IPv6 address without brackets and with a port in it', { address: 'fd00::12:8888' }, 'bad-address'],
    ['two ports', { address: '10.0.0.1:80', port: 81 }, 'bad-port'],
    ['an unknown status', { ip: '10.0.0.1', port: 80, status: 'sideways' }, 'bad-status'],
    ['a status in numbers', { ip: '10.0.0.1', port: 80, status: 1 }, 'bad-status'],
    ['tags of objects', { ip: '10.0.0.1', port: 80, tags: [{}] }, 'not-recognised'],
    ['tags that are a number', { ip: '10.0.0.1', port: 80, tags: 7 }, 'not-recognised'],
    ['metadata that is text', { ip: '10.0.0.1', port: 80, metadata: 'x' }, 'not-recognised'],
    ['a zone that is an object', { ip: '10.0.0.1', port: 80, zone: {} }, 'not-recognised'],
    [
      'metadata nested too deeply',
      `{"ip":"10.0.0.1","meta":{"a":${'['.repeat(60_000)}${']'.repeat(60_000)}}}`,
      'not-recognised',
    ],
  ])('refuses %s', (_, value, code) => {
    expect(read(value)).toMatchObject({ rejected: code });
  });

  it('does not stall or throw on deep fields that it does not read', () => {
    const deep = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`;
    expect(read(`{"ip":"10.0.0.1","port":80,"other":${deep}}`)).toMatchObject({ fragments: [{ port: 80 }] });
  });

  it('keeps the last value of a name that occurs twice in one object', () => {
    expect(read('{"ip":"10.0.0.1","port":1,"port":2}')).toMatchObject({ fragments: [{ port: 2 }] });
  });

  it('reads names of built-in object properties as ordinary names', () => {
    expect(read('{"__proto__":{"port":1},"constructor":{"ip":"x"},"ip":"10.0.0.1"}')).toEqual({
      fragments: [{ ...place, address: '10.0.0.1' }],
    });
    const decoded = json.decode({
      key,
      value: '{"ip":"10.0.0.1","meta":{"__proto__":1,"a":"b"}}',
      lease: '0',
      createRevision: '1',
      modRevision: '1',
    });
    if (!('fragments' in decoded)) throw new Error('it is good');
    expect(Object.entries(decoded.fragments[0]?.metadata ?? {})).toEqual([
      ['__proto__', '1'],
      ['a', 'b'],
    ]);
    expect({}).not.toHaveProperty('port');
  });

  it('never quotes the value in its reasons', () => {
    for (const value of [
      '{"ip":"hunter2',
      '{"ip":"a:hunter2:b"}',
      '{"ip":"a","status":"hunter2"}',
      '{"service":"hunter2"}',
    ])
      expect(JSON.stringify(read(value))).toMatch(/^(?!.*hunter2).*rejected/);
  });
});

describe('the name of the service', () => {
  const value = (name: unknown, field = 'name') => ({ ip: '10.0.0.1', port: 80, [field]: name });

  it.each(['service', 'serviceName', 'ServiceName', 'name'])('must agree with the key: %s', (field) => {
    expect(read(value('web', field))).toMatchObject({ fragments: [place] });
    expect(read(value('bank', field))).toMatchObject({ rejected: 'name-mismatch' });
  });

  it('may equal the id: then it names the instance', () => {
    expect(read(value('i-1'))).toMatchObject({ fragments: [place] });
    expect(read(value('i-1'), make('json', { trustValue: true }))).toMatchObject({ fragments: [place] });
  });

  it('wins over the key where the source trusts values', () => {
    expect(read(value('bank'), make('json', { trustValue: true }))).toMatchObject({
      fragments: [{ service: 'bank', id: 'i-1' }],
    });
  });

  it('comes from the key when the name in the value is not text', () => {
    expect(read(value({ a: 1 }), make('json', { trustValue: true }))).toMatchObject({ fragments: [place] });
  });
});

describe('options', () => {
  it('reads fields at configured paths, and there only', () => {
    const format = make({
      name: 'json',
      fields: { address: 'node.addresses.0.ip', port: 'node.port', weight: 'load', service: 'app' },
    });
    const value = {
      app: 'web',
      name: 'other',
      weight: 9,
      load: 3,
      address: 'x',
      node: { port: 81, addresses: [{ ip: '10.0.0.7' }] },
    };
    expect(read(value, format)).toEqual({ fragments: [{ ...place, address: '10.0.0.7', port: 81, weight: 3 }] });
    expect(read({ address: '10.0.0.1:80', node: 'x' }, format)).toEqual({ fragments: [place] });
    expect(
      read({ address: '10.0.0.1:80', node: null }, make({ name: 'json', fields: { address: 'constructor.name' } })),
    ).toEqual({ fragments: [place] });
  });

  it('fills the default port', () => {
    const format = make({ name: 'json', defaultPort: 9000 });
    expect(read({ ip: '10.0.0.1' }, format)).toMatchObject({ fragments: [{ port: 9000 }] });
    expect(read({ ip: 'http://10.0.0.1' }, format)).toMatchObject({ fragments: [{ port: 80 }] });
  });

  it('reads a weight of 0 as absent when the option says so', () => {
    const none = make({ name: 'json', zeroWeight: 'unset' });
    expect(read({ ip: '10.0.0.1', port: 80, weight: 0 }, none)).toEqual({
      fragments: [{ ...place, address: '10.0.0.1', port: 80 }],
    });
  });

  it('takes service and id where the pattern has them', () => {
    const format = makeFormat('json', { base: '/', key: '<service...>/<id>' });
    expect(read({ ip: '10.0.0.1', port: 80, name: 'services/web' }, format)).toMatchObject({
      fragments: [{ service: 'services/web' }],
    });
  });
});
