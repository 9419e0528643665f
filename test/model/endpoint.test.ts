import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { schemePort, splitEndpoint } from '../../src/model/endpoint.js';

describe('splitting an endpoint', () => {
  test.each([
    ['10.0.0.1:80', { host: '10.0.0.1', port: 80 }],
    ['[fd00::1]:80', { host: '[fd00::1]', port: 80 }],
    ['[fd00::1]', { host: '[fd00::1]' }],
    ['example.com', { host: 'example.com' }],
    [':80', { host: '', port: 80 }],
    ['a:', { host: 'a', port: NaN }],
    ['a:080', { host: 'a', port: NaN }],
    ['a:http', { host: 'a', port: NaN }],
    ['a:-1', { host: 'a', port: NaN }],
    ['a:123456', { host: 'a', port: NaN }],
    ['http://1.2.3.4:80', { host: '1.2.3.4', port: 80, scheme: 'http' }],
    ['http://1.2.3.4', { host: '1.2.3.4', scheme: 'http' }],
    ['HTTPS://api.internal/v1?tenant=a', { host: 'api.internal', scheme: 'https' }],
    ['grpc://10.0.0.2:9000?isSecure=true', { host: '10.0.0.2', port: 9000, scheme: 'grpc' }],
    ['grpcs://[fd00::9]:9#x', { host: '[fd00::9]', port: 9, scheme: 'grpcs' }],
    ['postgres://user:p@ss@10.0.0.3:5432/db', { host: '10.0.0.3', port: 5432, scheme: 'postgres' }],
    ['unix:///run/app.sock', { host: '', scheme: 'unix' }],
  ])('splits %s', (text, parts) => {
    const split = splitEndpoint(text);
    expect(split).not.toHaveProperty('rejected');
    expect(split).toEqual(parts);
  });

  test.each([
    ['an unbracketed IPv6 address with a port', 'fd00::1:8080', /brackets/],
    ['an unbracketed IPv6 address in a URL', 'tri://fd00::80:50051/', /brackets/],
    ['too many colons', 'a:1:2', /colon/],
    ['letters after the bracket', '[fd00::1]x:80', /between/],
  ])('refuses %s', (_, text, reason) => {
    expect(splitEndpoint(text)).toMatchObject({
      rejected: 'bad-address',
      reason: expect.stringMatching(reason) as string,
    });
  });

  it('has a default port only for schemes with a standard port', () => {
    expect(['http', 'https', 'ws', 'wss', 'grpc', 'constructor', undefined].map(schemePort)).toEqual([
      80,
      443,
      80,
      443,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('never throws', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('a1:/[]@?#.')) }),
      fc.webUrl(),
    );
    fc.assert(fc.property(texts, (text) => typeof splitEndpoint(text) === 'object'));
  });
});
