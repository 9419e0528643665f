import { createRequire } from 'node:module';
import { loadSync } from '@grpc/proto-loader';
import type { IRangeResponse } from 'etcd3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRange } from '../../../src/etcd/protocol/decode.js';
import { entryOf, momentOf } from '../../../src/etcd/protocol/translate.js';

// Our decoder must agree with a general decoder that is made from etcd's own definitions.
const services = loadSync(createRequire(import.meta.url).resolve('etcd3/proto/rpc.proto'), {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
});
const { responseSerialize: encode, responseDeserialize: decode } = (
  services['etcdserverpb.KV'] as unknown as Record<
    string,
    { responseSerialize: (value: unknown) => Buffer; responseDeserialize: (bytes: Buffer) => IRangeResponse }
  >
).Range as { responseSerialize: (value: unknown) => Buffer; responseDeserialize: (bytes: Buffer) => IRangeResponse };

const signed = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(0n, 2n ** 50n), fc.constant(7n)).map(String);
const unsigned = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.nat().map(BigInt)).map(String);
const bytes = fc
  .oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 20 }), fc.constant('\ufffd'))
  .map((content) => Buffer.from(content as string));
const messages = fc.record({
  header: fc.record({ cluster_id: unsigned, member_id: unsigned, revision: signed, raft_term: unsigned }),
  kvs: fc.array(
    fc.record({
      key: bytes,
      create_revision: signed,
      mod_revision: signed,
      version: signed,
      value: bytes,
      lease: signed,
    }),
  ),
  more: fc.boolean(),
  count: signed,
});

describe('a range response', () => {
  it('is read according to etcd’s definitions', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const encoded = encode(message);
        const whole = decode(encoded);
        expect(decodeRange(encoded)).toEqual({
          ...momentOf(whole),
          entries: whole.kvs.map(entryOf),
          more: whole.more,
          count: whole.count,
        });
      }),
    );
  });

  it('may hold unknown fields of every type', () => {
    const known = encode({ header: { revision: '5', cluster_id: '6', raft_term: '7' }, kvs: [], more: true });
    const unknown = [
      [0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x79, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x7a, 2, 1, 2],
      [0x7d, 1, 2, 3, 4],
    ];
    const expected = { revision: '5', clusterId: '6', raftTerm: '7', entries: [], more: true, count: '0' };
    for (const field of unknown) {
      expect(decodeRange(Buffer.concat([known, Buffer.from(field)]))).toEqual(expected);
      expect(decodeRange(Buffer.concat([Buffer.from(field), known]))).toEqual(expected);
    }
  });

  it('is empty when nothing was sent', () => {
    expect(decodeRange(Buffer.alloc(0))).toEqual({
      revision: '0',
      clusterId: '0',
      raftTerm: '0',
      entries: [],
      more: false,
      count: '0',
    });
  });

  it('is refused when it is cut short or none at all', () => {
    const whole = encode({ kvs: [{ key: Buffer.from('a'), value: Buffer.from('b') }] });
    for (let length = 1; length < whole.length; length++)
      expect(() => decodeRange(whole.subarray(0, length)), String(length)).toThrow(RangeError);
    // A header and a key-value of two octets each, with a field that is longer than that.
    expect(() => decodeRange(Buffer.from([0x0a, 2, 0x08, 0xff, 0x01]))).toThrow(RangeError);
    expect(() => decodeRange(Buffer.from([0x12, 2, 0x0a, 2, 0x18, 0x01]))).toThrow(RangeError);
    expect(() => decodeRange(Buffer.from([0x0b]))).toThrow(RangeError);
    expect(() => decodeRange(Buffer.alloc(12, 0xff))).toThrow(RangeError);
  });
});
