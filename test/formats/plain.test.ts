import { describe, expect, it, test } from 'vitest';
import { formats } from '../../src/formats/registry.js';
import { decode, makeFormat } from './entries.js';

/** Reads with a source whose prefix is the key before its last two segments. */
const read = (key: string, value: string, spec: Parameters<typeof makeFormat>[0] = 'plain') => {
  const base = key.split('/').slice(0, -2).join('/');
  return decode(makeFormat(spec, { base: base === '' && !key.startsWith('/') ? '' : `${base}/` }), key, value);
};

describe('plain values', () => {
  test.each([
    ['server/001', '127.0.0.1:1212', { service: 'server', id: '001', address: '127.0.0.1', port: 1212 }],
    ['/web/node1', 'localhost:8000', { service: 'web', id: 'node1', address: 'localhost', port: 8000 }],
    [
      'user.rpc/7587870460981677828',
      '10.0.0.5:8080',
      { service: 'user.rpc', id: '7587870460981677828', address: '10.0.0.5', port: 8080 },
    ],
    [
      '/services/foosvc/1.2.3.4:8080',
      'http://1.2.3.4:8080',
      { service: 'foosvc', id: '1.2.3.4:8080', address: '1.2.3.4', port: 8080, scheme: 'http' },
    ],
    [
      '/services/foosvc/edge-1',
      'https://api.internal/v1?tenant=a',
      { service: 'foosvc', id: 'edge-1', address: 'api.internal', port: 443, scheme: 'https' },
    ],
    [
      '/registrator/nginx-443/host1:nginx.0:443',
      '[fd00::66]:4443',
      { service: 'nginx-443', id: 'host1:nginx.0:443', address: '[fd00::66]', port: 4443 },
    ],
    ['/a%2Fb/1', ' 10.0.0.1:80\n', { service: 'a%2Fb', id: '1', address: '10.0.0.1', port: 80 }],
    ['/web/1', 'grpc://10.0.0.1', { service: 'web', id: '1', address: '10.0.0.1', scheme: 'grpc' }],
    ['/web/1', '10.0.0.1', { service: 'web', id: '1', address: '10.0.0.1' }],
    ['/web/1', '10.0.0.1:x', { service: 'web', id: '1', address: '10.0.0.1', port: 'NaN' }],
  ])('%s => %s', (key, value, fragment) => {
    expect(read(key, value)).toEqual({ fragments: [fragment] });
  });

  it('are several endpoints when commas separate them', () => {
    expect(read('/web/node5', '10.0.0.141:80, [fd00::1]:81')).toEqual({
      fragments: [
        { service: 'web', id: 'node5', address: '10.0.0.141', port: 80 },
        { service: 'web', id: 'node5', address: '[fd00::1]', port: 81 },
      ],
    });
  });

  test.each([
    ['an empty value', '', 'not-recognised'],
    ['a blank value', ' \n', 'not-recognised'],
    ['a comma too many', '10.0.0.1:80,', 'not-recognised'],
    ['JSON', '{"address":"10.0.0.1:80"}', 'not-recognised'],
    ['a sentence', 'the quick brown fox', 'not-recognised'],
    ['an endless value', 'a'.repeat(20_000), 'not-recognised'],
    ['an IPv6 address without brackets', 'fd00::5:8080', 'bad-address'],
  ])('rejects %s', (_, value, code) => {
    expect(read('/web/1', value)).toMatchObject({ rejected: code });
  });

  it('get the default port when neither the value nor its scheme has a port', () => {
    const ports = ['10.0.0.1', '10.0.0.1:80', 'http://10.0.0.1', 'grpc://10.0.0.1'].map((value) =>
      read('/web/1', value, { name: 'plain', defaultPort: 9000 }),
    );
    expect(ports).toMatchObject([9000, 80, 80, 9000].map((port) => ({ fragments: [{ port }] })));
  });

  it('are rejected as an IPv6 address without brackets, even with a default port', () => {
    expect(read('/web/1', 'fd00::5', { name: 'plain', defaultPort: 80 })).toMatchObject({
      rejected: 'bad-address',
    });
  });

  it('never show a password', () => {
    expect(JSON.stringify(read('/db/1', 'postgres://user:hunter2@10.0.0.1:5432/x'))).not.toContain('hunter2');
    expect(JSON.stringify(read('/db/1', 'postgres://user:hunter2 @10.0.0.1:5432/x'))).not.toContain('hunter2');
  });
});

it('ignores empty keys that stand for directories, in every format', () => {
  for (const name of Object.keys(formats))
    expect(decode(makeFormat(name, { base: '/services/' }), '/services/web/', ' '), name).toEqual({
      ignored: 'a directory',
    });
});
