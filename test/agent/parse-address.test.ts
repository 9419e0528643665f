import { describe, expect, it } from 'vitest';
import { parseAddressArgument } from '../../src/agent/parse-address.js';

const at = (address: string | undefined, port: number) => ({ address, port });

describe('the address argument', () => {
  it.each([
    ['10.0.0.1:8080', {}, at('10.0.0.1', 8080)],
    ['[FD00:0::1]:80', {}, at('fd00::1', 80)],
    ['[::ffff:10.0.0.1]:80', {}, at('10.0.0.1', 80)],
    ['Web.example.com:443', {}, at('web.example.com', 443)],
    [':8080', {}, at(undefined, 8080)],
    [':8080', { PORT: '1' }, at(undefined, 8080)],
    [undefined, { PORT: '8080' }, at(undefined, 8080)],
    ['10.0.0.1', { PORT: '8080' }, at('10.0.0.1', 8080)],
    ['[fd00::1]', { PORT: '8080' }, at('fd00::1', 8080)],
    [':8080', { POD_IP: '10.1.2.3' }, at('10.1.2.3', 8080)],
    [':8080', { POD_IP: 'fd00::0:5' }, at('fd00::5', 8080)],
    ['10.0.0.1:8080', { POD_IP: 'not looked at' }, at('10.0.0.1', 8080)],
    [undefined, { POD_IP: '10.1.2.3', PORT: '8080' }, at('10.1.2.3', 8080)],
    [':8080', { POD_IP: '' }, at(undefined, 8080)],
    [':65535', {}, at(undefined, 65_535)],
  ])('is %j with %j', (text, env, expected) => {
    expect(parseAddressArgument(text, env)).toEqual(expected);
  });

  it.each([
    [undefined, {}, 'no port is given: write ADDRESS:PORT, or :PORT alone, or set $PORT'],
    ['', {}, 'no port is given'],
    ['10.0.0.1', {}, 'no port is given'],
    [undefined, { PORT: 'http' }, '$PORT is "http", which is not a number from 1 to 65535'],
    [undefined, { PORT: '0' }, 'not a number from 1 to 65535'],
    [undefined, { PORT: '08' }, 'not a number from 1 to 65535'],
    [undefined, { PORT: 'tcp://10.0.0.1:80' }, 'not a number from 1 to 65535'],
    ['8080', {}, 'write :8080 for a port alone'],
    ['8080', { PORT: '1' }, 'write :8080 for a port alone'],
    ['10.0.0.1:', {}, 'not a number from 1 to 65535'],
    ['10.0.0.1:0', {}, 'not a number from 1 to 65535'],
    ['10.0.0.1:65536', {}, 'not a number from 1 to 65535'],
    ['10.0.0.1:http', {}, 'not a number from 1 to 65535'],
    ['8080', {}, '"8080" is not an address: write :8080 for a port alone'],
    ['fd00::1:8080', {}, ': write 10.0.0.1:8080, [fd00::1]:80 or :8080'],
    ['fd00::1:8080', {}, 'an IPv6 address must stand in brackets'],
    ['::1', { PORT: '80' }, 'an IPv6 address must stand in brackets'],
    ['http://10.0.0.1:8080', {}, '"http://10.0.0.1:8080": an address has no scheme: write --scheme http'],
    ['0.0.0.0:8080', {}, 'write :8080 for the address of this machine'],
    ['[::]:8080', {}, 'not one to connect to'],
    ['10.0.0.1:0', {}, '"10.0.0.1:0": the port is not a number from 1 to 65535'],
    ['web_1:8080', {}, 'neither an IP address nor a host name: write 10.0.0.1:8080, [fd00::1]:80 or :8080'],
    ['10.0.0.256:80', {}, 'neither an IP address nor a host name'],
    [':80', { POD_IP: '0.0.0.0' }, '$POD_IP is "0.0.0.0"'],
    [
      ':80',
      { POD_IP: 'pod' },
      '$POD_IP is "pod", which is not an address to connect to: correct it, or write ADDRESS:PORT',
    ],
  ])('is not %j with %j: it says what to write', (text, env, words) => {
    expect(parseAddressArgument(text, env)).toEqual({ problem: expect.stringContaining(words) as string });
  });
});
