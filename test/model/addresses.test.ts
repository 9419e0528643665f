import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseAddress } from '../../src/model/address.js';
import { compileAddressRules, isCidr } from '../../src/model/addresses.js';
import type { AddressRules } from '../../src/model/addresses.js';

function allowed(rules: AddressRules, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return compileAddressRules(rules)(address) === undefined;
}

describe('address rules', () => {
  test.each<[string, AddressRules, string, boolean]>([
    ['nothing is refused without rules', {}, '127.0.0.1', true],
    ['an empty allow is no rule', { allow: [] }, 'example.com', true],
    ['what is allowed enters', { allow: ['10.0.0.0/8'] }, '10.255.0.1', true],
    ['what is not allowed stays out', { allow: ['10.0.0.0/8'] }, '192.0.2.1', false],
    ['allow speaks of one family at a time', { allow: ['10.0.0.0/8'] }, 'fd00::1', false],
    ['IPv6 blocks work too', { allow: ['fd00::/8'] }, 'fd12::1', true],
    ['deny wins over allow', { allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] }, '10.9.0.1', false],
    ['a single address is a block of one', { deny: ['192.0.2.1'] }, '192.0.2.1', false],
    ['and of one only', { deny: ['192.0.2.1'] }, '192.0.2.2', true],
    ['a name has no CIDR to be allowed by', { allow: ['0.0.0.0/0', '::/0'] }, 'example.com', false],
    ['a name is not denied by a block', { deny: ['10.0.0.0/8'] }, 'example.com', true],
    ['localhost is loopback', { deny: ['127.0.0.0/8'] }, 'localhost', false],
    ['so is what is below it', { deny: ['::1/128'] }, 'a.localhost', false],
    ['localhost stays where loopback may', { deny: ['169.254.0.0/16'] }, 'localhost', true],
    ['a mapped address is judged as IPv4', { deny: ['127.0.0.0/8'] }, '::ffff:127.0.0.1', false],
    ['a mapped block is one of IPv4', { deny: ['::ffff:10.0.0.0/104'] }, '10.1.2.3', false],
    ['an IPv6 block leaves IPv4 alone', { deny: ['::/0'] }, '10.1.2.3', true],
  ])('%s', (_, rules, address, expected) => {
    expect(allowed(rules, address)).toBe(expected);
  });

  test.each([
    '10.0.0.0/33',
    'fd00::/129',
    '10.0/8',
    '010.0.0.0/8',
    'example.com',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    '',
    '/8',
    '[fd00::]/8',
  ])('refuses %j, and names the line', (text) => {
    expect(isCidr(text)).toBe(false);
    expect(() => compileAddressRules({ deny: [text] })).toThrow(text === '' ? '""' : text);
  });

  it('agrees with arithmetic on every IPv4 block', () => {
    const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (network, address, bits) => {
        const size = 2 ** (32 - bits);
        const inside = Math.floor(number(network) / size) === Math.floor(number(address) / size);
        expect(allowed({ deny: [`${network}/${bits}`] }, address)).toBe(!inside);
      }),
    );
  });
});
