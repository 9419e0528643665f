import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/state/store.js';
import { nextSerial } from '../../../src/dns/serial.js';
import { findSerial, isSameZone, numberZone } from '../../../src/targets/files/serial.js';
import { createFilesTarget } from '../../../src/targets/files/target.js';
import { pass } from '../../contract/target.js';
import { makeView } from '../../render/views.js';
import { realClock } from '../../support/clock.js';
import { memoryLog } from '../../support/log.js';
import { memoryDir } from '../../support/temp.js';

const now = 1_790_000_000;
const zone = (serial: number | string, rest = 'web A 192.0.2.1'): Buffer =>
  Buffer.from(`@ SOA ns. admin. (\n  ${serial} ; serial\n  300 ; refresh\n)\n${rest} ; é\n`);

describe('the serial of a zone', () => {
  it.each([
    ['on its line', zone(7), 7],
    ['after a parenthesis', Buffer.from('@ SOA a. b. (42\t;Serial number\n 1 1 1 1)'), 42],
    ['as high as 32 bits go', zone(4_294_967_295), 4_294_967_295],
    ['above 32 bits', zone(4_294_967_296), undefined],
    ['twice', Buffer.concat([zone(7), zone(7)]), undefined],
    ['beside words of others', zone(7, 'web TXT "8 ; serial" ; 9 ; serial'), 7],
    ['in words of others only', Buffer.from('web TXT "a \\" 8 ; serial"\n; 9 ; serial\n'), undefined],
    ['not at all', Buffer.from('web A 192.0.2.1 ; cereal\n'), undefined],
    ['as the end of a word', Buffer.from('x7 ; serial\n'), undefined],
    ['in another word', Buffer.from('7 ; serialised\n'), undefined],
  ])('%s', (_name, content, serial) => {
    expect(findSerial(content)?.serial).toBe(serial);
  });

  it.each([
    ['is the time at first', undefined, now],
    ['is the time when that is later', 1, now],
    ['counts on when the time is the same', now, now + 1],
    ['counts on from a date, which is above the time', 2_026_112_201, 2_026_112_202],
    ['counts on when the clock went back', now + 3600, now + 3601],
    ['is the time when the last one is before it modulo 2^32', 4_294_967_295, now],
  ])('%s', (_name, last, next) => {
    expect(nextSerial(last, now)).toBe(next);
  });

  it('skips 0 and starts again above the highest', () => {
    expect(nextSerial(4_294_967_295, 4_294_967_000)).toBe(1);
    expect(nextSerial(undefined, 4_294_967_296)).toBe(1);
  });

  it('is always above the last one by RFC 1982, so that secondaries transfer', () => {
    const bits = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(bits, bits, (last, time) => {
        const ahead = (nextSerial(last, time) - last) >>> 0;
        expect(ahead).toBeGreaterThan(0);
        expect(ahead).toBeLessThan(0x8000_0000);
      }),
    );
  });
});

describe('the content of a zone', () => {
  it('stays, octet for octet, while only the serial differs', () => {
    const found = zone(99);
    expect(numberZone(zone(1), found, undefined, now).bytes).toBe(found);
    expect(isSameZone(zone(1), found)).toBe(true);
    expect(isSameZone(zone(1), zone(1, 'web A 192.0.2.2'))).toBe(false);
    expect(isSameZone(Buffer.from('no zone'), Buffer.from('no zone'))).toBe(false);
  });

  it('gets the next serial when another part differs, or when there is no old file', () => {
    const numbered = (found?: Buffer, served?: number) => numberZone(zone(1), found, served, now);
    expect(numbered(zone(99, 'web A 192.0.2.2'))).toEqual({ bytes: zone(now), serial: now });
    expect(numbered(zone(now, 'web A 192.0.2.2'))).toEqual({ bytes: zone(now + 1), serial: now + 1 });
    expect(numbered(Buffer.from('no zone\n')).serial).toBe(now);
    expect(numbered().serial).toBe(now);
  });

  it('gets a serial after that of the server, too', () => {
    const numbered = (found: Buffer | undefined, served: number) => numberZone(zone(1), found, served, now).serial;
    expect(numbered(undefined, 2_026_112_201)).toBe(2_026_112_202);
    expect(numbered(zone(now + 5, 'web A 192.0.2.2'), now + 9)).toBe(now + 10);
    expect(numbered(zone(now + 9, 'web A 192.0.2.2'), now + 5)).toBe(now + 10);
    expect(numbered(undefined, now - 5)).toBe(now);
  });
});

describe('a file with a serial', () => {
  const open = async () => {
    const dir = await memoryDir();
    const path = join(dir, 'zone');
    const log = memoryLog();
    const store = await openStore(join(dir, 'state'), { log });
    const journal = await store.journal('t');
    let wall = now * 1000;
    const target = (text: string, mode = 0o644) => {
      const template = { render: () => ({ text, rejected: [] }) };
      const clock = { ...realClock, wall: () => wall };
      return createFilesTarget([{ path, template, mode, inPlace: false, serial: true }], {
        ...{ target: 't', journal, scratch: store.scratch('t'), log, clock },
      });
    };
    const write = (content: Buffer, mode?: number) => pass(target(content.toString(), mode), makeView());
    return {
      path,
      write,
      later: () => (wall += 60_000),
      close: () => store.close(),
    };
  };

  it('is written when its records change, and only then', async () => {
    const { path, write, later, close } = await open();
    await write(zone(1));
    expect(await readFile(path)).toEqual(zone(now));
    later();
    expect((await write(zone(1))).changes).toBe(0);
    expect(await readFile(path)).toEqual(zone(now));
    await write(zone(1, 'web A 192.0.2.2'));
    expect(await readFile(path)).toEqual(zone(now + 60, 'web A 192.0.2.2'));
    await close();
  });

  it('keeps its serial when only its mode changes, and continues from a serial that another program wrote', async () => {
    const { path, write, close } = await open();
    await writeFile(path, zone(2_026_112_201));
    await write(zone(1), 0o600);
    expect(await readFile(path)).toEqual(zone(2_026_112_201));
    await write(zone(1, 'api A 192.0.2.9'));
    expect(await readFile(path)).toEqual(zone(2_026_112_202, 'api A 192.0.2.9'));
    await close();
  });

  it.each([
    ['counts on from the head of a file that is far too long', zone(2_026_112_201), 2_026_112_202],
    ['is new where a far too long file has none in its head', Buffer.from('no zone\n'), now],
  ])('%s, and does not read the rest', async (_name, head, serial) => {
    const { path, write, close } = await open();
    await writeFile(path, head);
    await truncate(path, 1_900_000_000);
    const before = process.resourceUsage().maxRSS;
    await write(zone(1));
    expect(await readFile(path)).toEqual(zone(serial));
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200 << 10);
    await close();
  });

  it('is replaced when it is longer than the desired content', async () => {
    const { path, write, close } = await open();
    await writeFile(path, Buffer.concat([zone(now), Buffer.alloc(5 << 20)]));
    await write(zone(1));
    expect(await readFile(path)).toEqual(zone(now + 1));
    await close();
  });

  it('without a serial is an error that says so, and nothing is written', async () => {
    const { write, close } = await open();
    await expect(write(Buffer.from('web A 192.0.2.1\n'))).rejects.toMatchObject({
      code: 'RENDER_FAILED',
      message: expect.stringContaining('has no serial, or more than one') as string,
    });
    await close();
  });
});
