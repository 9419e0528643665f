import ipaddr from 'ipaddr.js';
import { parseAddress } from '../../model/address.js';
import { compileAddressRules, isCidr } from '../../model/addresses.js';
import { boolean, string } from '../types.js';
import { defineHelper, text } from './define.js';

export const isIPv4 = defineHelper({
  name: 'isIPv4',
  parameters: [text('address')],
  doc: 'True for an IPv4 address in four decimal parts.',
  example: '{{#if (isIPv4 address)}}…{{/if}}',
  returns: () => boolean,
  run: ([value]) => !value.includes(':') && parseAddress(value)?.family === 'ipv4',
});

export const isIPv6 = defineHelper({
  name: 'isIPv6',
  parameters: [text('address')],
  doc: 'True for an IPv6 address, without brackets.',
  example: '{{#if (isIPv6 address)}}…{{/if}}',
  returns: () => boolean,
  run: ([value]) => !value.startsWith('[') && value.includes(':') && parseAddress(value) !== undefined,
});

export const reverseName = defineHelper({
  name: 'reverseName',
  parameters: [text('address')],
  doc: 'The name of the PTR record of an IP address, without a dot at its end: `1.2.0.192.in-addr.arpa` (RFC 1035 section 3.5, RFC 3596 section 2.5).',
  example: '{{reverseName address}}. PTR {{service}}.example.com.',
  returns: () => string,
  run: ([value], call) => {
    const parsed = parseAddress(value);
    if (parsed === undefined || parsed.family === 'name') return call.fail('reverseName takes an IP address');
    if (parsed.family === 'ipv4') return `${parsed.address.split('.').reverse().join('.')}.in-addr.arpa`;
    const digits = ipaddr.IPv6.parse(parsed.address)
      .toByteArray()
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
    return `${Array.from(digits).reverse().join('.')}.ip6.arpa`;
  },
});

export const cidrContains = defineHelper({
  name: 'cidrContains',
  parameters: [text('cidr'), text('address')],
  doc: 'True when the address is in the block (`10.0.0.0/8`, `fd00::/8`). False for a host name.',
  example: '{{#if (cidrContains "10.0.0.0/8" address)}}internal{{/if}}',
  returns: () => boolean,
  check: ({ literals: [cidr] }) =>
    cidr === undefined || isCidr(cidr)
      ? undefined
      : { message: 'this is not a CIDR block', hint: 'For example "10.0.0.0/8" or "fd00::/8".', argument: 0 },
  run: ([cidr, value], call) => {
    if (!isCidr(cidr)) return call.fail('cidrContains takes a CIDR block such as 10.0.0.0/8 or fd00::/8');
    const parsed = parseAddress(value);
    if (parsed === undefined) return call.fail('cidrContains takes an address');
    return compileAddressRules({ allow: [cidr] })(parsed) === undefined;
  },
});
