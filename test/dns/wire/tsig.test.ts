import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classes, opcodes, typeNumbers } from '../../../src/dns/wire/constants.js';
import { decodeMessage, encodeRequest } from '../../../src/dns/wire/message.js';
import { parseTsigKey } from '../../../src/dns/wire/tsig-key.js';
import { createVerifier, signRequest, TsigError, type TsigKey } from '../../../src/dns/wire/tsig.js';

const key: TsigKey = { name: 'updates', algorithm: 'hmac-sha256', secret: Buffer.from('the right secret') };
const now = 1_790_000_000;

const answer = (): Buffer => {
  const octets = encodeRequest(7, opcodes.QUERY, { name: 'example', type: typeNumbers.SOA, class: classes.IN });
  octets.writeUInt16BE(0x8000, 2);
  return octets;
};

describe('a key', () => {
  const secret = Buffer.from('//# no comment\u0000').toString('base64');

  it.each([
    ['as tsig-keygen writes it', `key "Updates" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`],
    [
      'with comments and bare words',
      `# a key\nkey Updates. { // one\n secret ${secret}; /* two\n */ algorithm HMAC-SHA256; };`,
    ],
    ['in one line', `hmac-sha256:updates:${secret}\n`],
  ])('%s is read', (_how, text) => {
    expect(parseTsigKey(text)).toEqual({
      name: 'updates',
      algorithm: 'hmac-sha256',
      secret: Buffer.from(secret, 'base64'),
    });
  });

  it('with a secret that has two slashes is read whole', () => {
    const slashes = 'ab//cd==';
    expect(parseTsigKey(`key "k" { algorithm hmac-sha256; secret "${slashes}"; };`)).toMatchObject({
      secret: Buffer.from(slashes, 'base64'),
    });
  });

  it.each([
    ['', 'holds no key'],
    ['c2VjcmV0', 'holds no key'],
    ['key "k" { algorithm hmac-md5; secret "c2VjcmV0"; };', 'its algorithm is none of hmac-sha1'],
    ['key "a b" { algorithm hmac-sha256; secret "c2VjcmV0"; };', 'is no name'],
    ['key "k" { algorithm hmac-sha256; secret "="; };', 'its secret is empty'],
    [
      'key "k" { algorithm hmac-sha256; secret "c2VjcmV0"; }; key "l" { algorithm hmac-sha256; secret "c2VjcmV0"; };',
      'exactly one key',
    ],
  ])('%s is refused without its secret', (text, reason) => {
    const problem = parseTsigKey(text);
    expect(problem).toContain(reason);
    expect(problem).not.toContain('c2VjcmV0');
  });

  it('is never read from other text with a failure of another kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['string', 'object']).toContain(typeof parseTsigKey(text));
      }),
    );
  });
});

describe('a response', () => {
  const { mac } = signRequest(answer(), key, now);
  const verify = (octets: Buffer, at = now, itsKey = key): void => {
    const verifier = createVerifier(itsKey, mac, () => at);
    verifier.verify(octets, decodeMessage(octets));
    verifier.finish();
  };

  it.each([
    ['is not signed', answer(), now, key, 'is not signed (NOERROR)'],
    [
      'is signed as a request is',
      signRequest(answer(), key, now).signed,
      now,
      key,
      'signature of the response is wrong',
    ],
    [
      'is signed with another secret',
      signRequest(answer(), { ...key, secret: Buffer.from('x') }, now).signed,
      now,
      key,
      'is wrong',
    ],
    [
      'is signed with another key',
      signRequest(answer(), { ...key, name: 'other' }, now).signed,
      now,
      key,
      'another key: other',
    ],
  ])('that %s is refused', (_what, octets, at, itsKey, message) => {
    expect(() => {
      verify(octets, at, itsKey);
    }).toThrow(message);
  });

  it('whose last message is not signed is refused', () => {
    const verifier = createVerifier(key, mac, () => now);
    expect(() => {
      verifier.finish();
    }).toThrow(TsigError);
  });
});
