import { describe, expect, it } from 'vitest';
import { askSerial } from '../../src/dns/ask-serial.js';
import { parseServer } from '../../src/dns/server.js';
import { startSoaServer } from '../support/soa-server.js';

const zone = 'svc.example.com';
const never = new AbortController().signal;

describe('the question for a serial', () => {
  it('has the serial of the SOA record, up to 32 bits', async () => {
    const server = await startSoaServer(2_026_112_201);
    expect(await askSerial(server.address, zone, never)).toBe(2_026_112_201);
    server.answer(0xffff_ffff);
    expect(await askSerial(server.address, zone, never)).toBe(0xffff_ffff);
  });

  it('fails in time when the server refuses, is silent or is not there', async () => {
    const server = await startSoaServer('refused');
    await expect(askSerial(server.address, zone, never)).rejects.toMatchObject({ code: 'EREFUSED' });
    server.answer('silent');
    await expect(askSerial(server.address, zone, never)).rejects.toMatchObject({ code: 'ETIMEOUT' });
    await expect(askSerial('127.0.0.1:1', zone, never)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends with the signal', async () => {
    const server = await startSoaServer('silent');
    const ending = new AbortController();
    const asked = askSerial(server.address, zone, ending.signal);
    ending.abort(new Error('the end'));
    await expect(asked).rejects.toThrow('the end');
    await expect(askSerial(server.address, zone, ending.signal)).rejects.toThrow('the end');
  });
});

describe('the address of a server', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:53'],
    ['127.0.0.1:5353', '127.0.0.1:5353'],
    ['::1', '[::1]:53'],
    ['[::1]', '[::1]:53'],
    ['[2001:DB8::1]:5353', '[2001:db8::1]:5353'],
    ['ns1.example.com', undefined],
    ['127.0.0.1:0', undefined],
    ['127.0.0.1:65536', undefined],
    ['', undefined],
    ['127.0.0.1:', undefined],
  ])('%j', (text, server) => {
    expect(parseServer(text)).toBe(server);
  });
});
