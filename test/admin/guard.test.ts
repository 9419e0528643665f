import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAccess, type Caller } from '../../src/admin/guard.js';
import { parseListen } from '../../src/admin/listen.js';

const token = 'a-token-of-some-length';
const callers: fc.Arbitrary<Caller> = fc.record({
  via: fc.constantFrom('socket', 'tcp'),
  isLoopback: fc.boolean(),
  hasCertificate: fc.boolean(),
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  host: fc.constantFrom(
    undefined,
    '',
    'localhost:9117',
    '127.0.0.1',
    '[::1]:9117',
    'evil.example',
    '127.0.0.1.evil.example',
  ),
  authorization: fc.constantFrom(undefined, '', 'Bearer', 'Bearer wrong', `Basic ${token}`, `Bearer ${token}`),
  origin: fc.constantFrom(undefined, 'null', 'http://localhost:9117'),
  fetchSite: fc.constantFrom(undefined, 'none', 'same-site', 'cross-site'),
});
const tokens = fc.constantFrom(undefined, token);

describe('access to /api', () => {
  it('is never given to a web page', () => {
    fc.assert(
      fc.property(callers, tokens, (caller, known) => {
        const isPage = caller.origin !== undefined || (caller.fetchSite !== undefined && caller.fetchSite !== 'none');
        if (isPage) expect(decideAccess(caller, known, [])).toMatchObject({ status: 403 });
      }),
    );
  });

  it('needs over TCP the token for a change, and for a reader the token, a certificate or an open loopback', () => {
    fc.assert(
      fc.property(callers, tokens, (caller, known) => {
        if (caller.via === 'socket' || decideAccess(caller, known, [])) return;
        if (known !== undefined && caller.authorization === `Bearer ${token}`) return;
        expect(caller.method).toBe('GET');
        expect(caller.hasCertificate || (known === undefined && caller.isLoopback)).toBe(true);
        expect(caller.host).not.toContain('evil');
      }),
    );
  });

  it('is given over the socket, and with the token by any name', () => {
    const plain = { isLoopback: false, hasCertificate: false, method: 'POST', origin: undefined, fetchSite: undefined };
    expect(decideAccess({ ...plain, via: 'socket', host: 'x', authorization: undefined }, token, [])).toBeUndefined();
    const authorization = `Bearer ${token}`;
    expect(
      decideAccess({ ...plain, via: 'tcp', host: 'rollcall.monitoring', authorization }, token, []),
    ).toBeUndefined();
  });
});

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:9117', { host: '127.0.0.1', port: 9117 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    [':9117', { host: '::', port: 9117 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
  ])('%s', (text, parsed) => {
    expect(parseListen(text)).toEqual(parsed);
  });

  it.each(['', '9117', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:80', '[::1]', 'a b:1', 'http://x:1'])(
    'not %j',
    (text) => {
      expect(parseListen(text)).toBeUndefined();
    },
  );
});
