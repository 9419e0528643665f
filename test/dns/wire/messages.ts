import fc from 'fast-check';
import { addressData, nameData, srvData, txtData, type RecordData } from '../../../src/dns/record-set.js';
import { parseAddress } from '../../../src/model/address.js';

const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9])?$/);
/** Names without a final dot. */
export const nameArbitrary = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

const canonical = (text: string): string => parseAddress(text)?.address ?? '';
const number16 = fc.nat({ max: 65_535 });

/** The data of any record that a service can have. */
export const dataArbitrary: fc.Arbitrary<RecordData> = fc.oneof(
  fc.ipV4().map((address) => addressData(address, 'ipv4')),
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((octets) =>
      canonical(
        Array.from({ length: 8 }, (_, at) =>
          ((octets[2 * at] ?? 0) * 256 + (octets[2 * at + 1] ?? 0)).toString(16),
        ).join(':'),
      ),
    )
    .map((address) => addressData(address, 'ipv6')),
  fc
    .tuple(fc.constantFrom('CNAME' as const, 'PTR' as const), nameArbitrary)
    .map(([type, name]) => nameData(type, name)),
  fc
    .tuple(number16, number16, number16, fc.option(nameArbitrary, { nil: '' }))
    .map(([priority, weight, port, target]) => srvData(priority, weight, port, target)),
  fc
    .array(
      fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => Buffer.byteLength(text) < 256),
      { minLength: 1, maxLength: 4 },
    )
    .map(txtData),
);
