import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classes, opcodes, typeNumbers } from '../../../src/dns/wire/constants.js';
import { DnsFormatError } from '../../../src/dns/wire/format-error.js';
import { decodeMessage, encodeRequest } from '../../../src/dns/wire/message.js';
import { decodeName, encodeName } from '../../../src/dns/wire/names.js';
import { decodeData, encodeData, typeOf } from '../../../src/dns/wire/record-data.js';
import { dataArbitrary, nameArbitrary } from './messages.js';

describe('a message', () => {
  it('has the records that were written, with names that are compressed and data as planned', () => {
    const records = fc.array(fc.tuple(nameArbitrary, dataArbitrary, fc.nat({ max: 2 ** 31 - 1 })), { maxLength: 20 });
    fc.assert(
      fc.property(fc.nat({ max: 65_535 }), nameArbitrary, records, records, (id, zone, first, second) => {
        const sections = [first, second].map((section) =>
          section.map(([name, { type, text }, ttl]) => ({
            ...{ name, type: typeNumbers[type], class: classes.IN, ttl },
            data: encodeData(type, text),
          })),
        );
        const question = { name: zone, type: typeNumbers.SOA, class: classes.IN };
        const octets = encodeRequest(id, opcodes.UPDATE, question, sections);
        const message = decodeMessage(octets);
        expect(message).toMatchObject({
          id,
          opcode: opcodes.UPDATE,
          isResponse: false,
          rcode: 0,
          questions: [question],
        });
        for (const [index, section] of [first, second].entries())
          expect(
            message.sections[index]?.map(({ name, type, ttl, at, length }) => {
              const known = typeOf(type);
              return [name, known, ttl, known && decodeData(known, octets, at, length)];
            }),
          ).toEqual(section.map(([name, { type, text }, ttl]) => [name, type, ttl, text]));
      }),
    );
  });

  it('of any octets is read or refused, never more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const buffer = Buffer.from(octets);
        try {
          for (const section of decodeMessage(buffer).sections)
            for (const { type, at, length } of section) {
              const known = typeOf(type);
              if (known) decodeData(known, buffer, at, length);
            }
        } catch (error) {
          expect(error).toBeInstanceOf(DnsFormatError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('with more records than it has octets is refused at once', () => {
    const octets = encodeRequest(1, opcodes.QUERY, { name: 'example', type: 1, class: 1 });
    octets.writeUInt16BE(65_535, 6);
    expect(() => decodeMessage(octets)).toThrow(DnsFormatError);
  });
});

describe('a name', () => {
  it('keeps octets that are no letters, and ignores the case of letters', () => {
    const octets = Buffer.concat([Buffer.of(4), Buffer.from('A.\\\xff', 'latin1'), Buffer.of(0)]);
    const { name } = decodeName(octets, 0);
    expect(name).toBe('a\\046\\092\\255');
    expect(encodeName(name)).toEqual(Buffer.concat([Buffer.of(4), Buffer.from('a.\\\xff', 'latin1'), Buffer.of(0)]));
  });

  it.each([
    ['points to itself', Buffer.of(0xc0, 0)],
    ['points forward', Buffer.of(0xc0, 2, 0)],
    ['ends after the message', Buffer.of(5, 0x61)],
    ['has a label of a reserved form', Buffer.concat([Buffer.of(0x80), Buffer.alloc(0x80)])],
    [
      'is longer than 255 octets',
      Buffer.concat([...Array.from({ length: 5 }, () => Buffer.alloc(64, 63)), Buffer.of(0)]),
    ],
  ])('that %s is refused', (_what, octets) => {
    expect(() => decodeName(octets, 0)).toThrow(DnsFormatError);
  });
});
