import ipaddr from 'ipaddr.js';
import { string } from '../types.js';
import type { Call, Helper } from './helper.js';
import { problemOfName } from './host-names.js';

export const hostName: Helper = {
  name: 'hostName',
  parameters: [
    { name: 'name', accepts: 'text', mayBeMissing: false },
    { name: 'domain', accepts: 'text', mayBeMissing: false },
  ],
  doc: "The name below the domain as a host name (RFC 1123) in lower case. The domain may be `''`. A name that is not a host name is rejected: a label has 1 to 63 letters, digits and inner hyphens, and the whole name at most 253 characters.",
  example: '{{hostName name "svc.example.com"}}',
  returns: () => string,
  run: ([name, domain], call) => {
    const whole = (domain === '' ? String(name) : `${String(name)}.${String(domain)}`).toLowerCase();
    const problem = problemOfName(whole);
    return problem === undefined ? whole : call.fail(`not a host name: ${problem}`);
  },
};

export const hostLabel: Helper = {
  name: 'hostLabel',
  parameters: [{ name: 'text', accepts: 'text', mayBeMissing: false }],
  doc: 'The text as one label of a host name in lower case, so the name stays below the domain that follows. A text that is not a label is rejected: a label has 1 to 63 letters, digits and inner hyphens.',
  example: '{{hostLabel name}}.svc.example.com',
  returns: () => string,
  run: ([text], call) => {
    const label = String(text).toLowerCase();
    const problem = label.includes('.') ? 'it has a dot' : problemOfName(label);
    return problem === undefined ? label : call.fail(`not a label of a host name: ${problem}`);
  },
};

export const addressLabel: Helper = {
  name: 'addressLabel',
  parameters: [{ name: 'address', accepts: 'text', mayBeMissing: false }],
  doc: 'An IP address as one DNS label: `192-0-2-1`. IPv6 is written in full: `2001-0db8-0000-0000-0000-0000-0000-0001`. A host name is rejected.',
  example: '{{addressLabel address}}',
  returns: () => string,
  run: ([address], call) => {
    const parsed = parseIp(address, call);
    return parsed
      .toNormalizedString()
      .split(/[.:]/)
      .map((part) => (parsed.kind() === 'ipv6' ? part.padStart(4, '0') : part))
      .join('-');
  },
};

export const recordType: Helper = {
  name: 'recordType',
  parameters: [{ name: 'address', accepts: 'text', mayBeMissing: false }],
  doc: 'The type of the DNS record that holds an IP address: `A` or `AAAA`. A host name is rejected.',
  example: '{{recordType address}}',
  returns: () => string,
  run: ([address], call) => (parseIp(address, call).kind() === 'ipv6' ? 'AAAA' : 'A'),
};

export const forbid: Helper = {
  name: 'forbid',
  parameters: [
    { name: 'value', accepts: 'text', mayBeMissing: false },
    { name: 'taken', accepts: 'anything', mayBeMissing: false },
    { name: 'message', accepts: 'text', mayBeMissing: false },
  ],
  doc: 'The value. When the value is in the list or is a key of the map, the instance or service is rejected with the message. Case is ignored.',
  example: '{{forbid (hostLabel name) @root.vars.reserved "is the name of a name server"}}',
  returns: () => string,
  run: ([value, taken, message], call) => {
    if (typeof taken !== 'object' || taken === null) return call.fail('forbid takes a list or a map');
    const names = Array.isArray(taken) ? (taken as unknown[]) : Object.keys(taken);
    const wanted = String(value).toLowerCase();
    const isTaken = names.some((name) => typeof name === 'string' && name.toLowerCase() === wanted);
    return isTaken ? call.fail(String(message)) : value;
  },
};

function parseIp(address: unknown, call: Call): ipaddr.IPv4 | ipaddr.IPv6 {
  const text = String(address);
  return ipaddr.isValid(text) && !text.includes('%') ? ipaddr.parse(text) : call.fail('it is not an IP address');
}
