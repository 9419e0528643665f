import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ipv4Number, isWildcard, parseAddress } from '../../src/model/address.js';

describe('canonical addresses', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1', 'ipv4', '10.0.0.1'],
    ['fd00::1', 'fd00::1', 'ipv6', '[fd00::1]'],
    ['[FD00:0:0::0001]', 'fd00::1', 'ipv6', '[fd00::1]'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 'ipv6', '[2001:db8::1:0:0:1]'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 'ipv6', '[2001:db8:0:1:1:1:1:1]'],
    ['::ffff:10.0.0.1', '10.0.0.1', 'ipv4', '10.0.0.1'],
    ['::FFFF:a00:1', '10.0.0.1', 'ipv4', '10.0.0.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', 'ipv6', '[64:ff9b::c000:201]'],
    ['API.Example.COM.', 'api.example.com', 'name', 'api.example.com'],
    ['localhost', 'localhost', 'name', 'localhost'],
    ['1st-host.3com', '1st-host.3com', 'name', '1st-host.3com'],
  ])('reads %s as %s', (text, address, family, host) => {
    expect(parseAddress(text)).toEqual({ address, family, host });
  });

  test.each([
    ['a short IPv4 address', '10.1'],
    ['an octal IPv4 address', '010.0.0.1'],
    ['a hexadecimal IPv4 address', '0x7f000001'],
    ['a hexadecimal last label', '127.0.0.0x1'],
    ['an IPv4 address as one number', '2130706433'],
    ['a part above 255', '10.0.0.256'],
    ['five parts', '10.0.0.1.2'],
    ['a zone id', 'fe80::1%eth0'],
    ['a zone id in brackets', '[fe80::1%25eth0]'],
    ['an octal part inside IPv6', '::ffff:010.0.0.1'],
    ['IPv4 in brackets', '[10.0.0.1]'],
    ['double brackets', '[[fd00::1]]'],
    ['an open bracket', '[fd00::1'],
    ['two double colons', 'fd00::1::2'],
    ['a name with an underscore', 'my_host'],
    ['a label that starts with a hyphen', '-a.example.com'],
    ['an empty label', 'a..example.com'],
    ['two trailing dots', 'example.com..'],
    ['an all-numeric last label', 'example.42'],
    ['a label of 64 letters', 'a'.repeat(64)],
    ['a name of 254 letters', 'ab.'.repeat(84) + 'cd'],
    ['a letter that lower-cases into ASCII', '\u212Aube.example.com'],
    ['a line end', 'example.com\n'],
    ['nothing', ''],
    ['a dot', '.'],
  ])('refuses %s', (_, text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('recognizes wildcards in every spelling', () => {
    for (const text of ['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0', '::0.0.0.0', '::ffff:0.0.0.0']) {
      const address = parseAddress(text);
      expect(address && isWildcard(address), text).toBe(true);
    }
    expect(isWildcard({ address: '::1' })).toBe(false);
  });

  it('agrees with the URL standard on the form of every IPv6 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const parsed = parseAddress(text);
        if (parsed?.family === 'ipv6') expect(parsed.host).toBe(new URL(`http://[${text}]/`).hostname);
        else expect(parsed?.family).toBe('ipv4');
      }),
    );
  });

  it('is idempotent', () => {
    const texts = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.domain(),
      fc.string({ unit: fc.constantFrom(...Array.from('0:.afx-[]%')) }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseAddress(text);
        if (parsed === undefined) return;
        expect(parseAddress(parsed.address)).toEqual(parsed);
        expect(parseAddress(parsed.host)).toEqual(parsed);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseAddress(text);
        parseAddress(`[${text}]`);
      }),
    );
  });
});

it('accepts the same IPv4 addresses as the system, with the same bits', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '9'), minLength: 0, maxLength: 4 });
  const dotted = fc.array(digits, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), dotted, fc.string()), (text) => {
      const bits = text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      expect(ipv4Number(text)).toBe(isIPv4(text) ? bits : undefined);
    }),
    { numRuns: 1000 },
  );
});
