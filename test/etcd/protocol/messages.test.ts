import { createRequire } from 'node:module';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchResponse } from '../../../src/etcd/protocol/messages.js';
import { methods, type Methods } from '../../../src/etcd/protocol/protocol.js';

// The reference: protobufjs with etcd's own description of its API. It writes and reads every field.
const services = loadSync(createRequire(import.meta.url).resolve('etcd3/proto/rpc.proto'), {
  keepCase: true,
  longs: String,
  enums: String,
});

type Judge = MethodDefinition<object, object>;

function judgeOf({ path }: { readonly path: string }): Judge {
  const [, service = '', name = ''] = path.split('/');
  const method = (services[service] as ServiceDefinition | undefined)?.[name];
  if (method === undefined) throw new Error(`${path} is no method of etcd`);
  expect(method.path).toBe(path);
  return method;
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] });

const put = some({ key: bytes, value: bytes, lease: int64 });
const deletion = some({ key: bytes, range_end: bytes });
const requests: { [K in keyof Methods]: fc.Arbitrary<Parameters<Methods[K]['requestSerialize']>[0]> } = {
  range: some({ key: bytes, range_end: bytes, limit: fc.integer(), revision: int64 }),
  put,
  deleteRange: deletion,
  txn: some({
    compare: fc.array(
      some({
        result: fc.constantFrom('Equal', 'Greater', 'Less', 'NotEqual'),
        target: fc.constantFrom('Version', 'Create', 'Mod', 'Value', 'Lease'),
        key: bytes,
        mod_revision: int64,
        lease: int64,
      }),
    ),
    success: fc.array(
      fc.oneof(
        put.map((request_put) => ({ request_put })),
        deletion.map((request_delete_range) => ({ request_delete_range })),
      ),
    ),
  }),
  leaseGrant: some({ TTL: int64 }),
  leaseRevoke: some({ ID: int64 }),
  leaseKeepAlive: some({ ID: int64 }),
  leaseTimeToLive: some({ ID: int64, keys: fc.boolean() }),
  status: fc.constant({}),
  authenticate: some({ name: text, password: text }),
  watch: fc.oneof(
    fc.constant({ progress_request: {} }),
    some({
      key: bytes,
      range_end: bytes,
      start_revision: int64,
      progress_notify: fc.boolean(),
      fragment: fc.boolean(),
    }).map((create_request) => ({ create_request })),
  ),
};

const header = some({ cluster_id: uint64, member_id: uint64, revision: int64, raft_term: uint64 });
const keyValue = some({
  key: bytes,
  create_revision: int64,
  mod_revision: int64,
  version: int64,
  value: bytes,
  lease: int64,
});
const event = some({ type: fc.constantFrom('Put', 'Delete'), kv: keyValue, prev_kv: keyValue });
// The answer to `range` has a decoder of its own: decode.test.ts.
const answers: Record<Exclude<keyof Methods, 'range'>, fc.Arbitrary<object>> = {
  put: some({ header, prev_kv: keyValue }),
  deleteRange: some({ header, deleted: int64, prev_kvs: fc.array(keyValue) }),
  txn: some({
    header,
    succeeded: fc.boolean(),
    responses: fc.array(some({ response_put: some({ header, prev_kv: keyValue }) })),
  }),
  leaseGrant: some({ header, ID: int64, TTL: int64, error: text }),
  leaseRevoke: some({ header }),
  leaseKeepAlive: some({ header, ID: int64, TTL: int64 }),
  leaseTimeToLive: some({ header, ID: int64, TTL: int64, grantedTTL: int64, keys: fc.array(bytes) }),
  status: some({
    header,
    version: text,
    dbSize: int64,
    leader: uint64,
    errors: fc.array(text),
    isLearner: fc.boolean(),
  }),
  authenticate: some({ header, token: text }),
  watch: some({
    header,
    watch_id: int64,
    created: fc.boolean(),
    canceled: fc.boolean(),
    compact_revision: int64,
    cancel_reason: text,
    fragment: fc.boolean(),
    events: fc.array(event),
  }),
};

/** The value without empty fields and without fields that are not in `like`. */
function trim(given: unknown, like: unknown): unknown {
  if (Array.isArray(given)) return given.map((item, index) => trim(item, (like as unknown[])[index]));
  if (Buffer.isBuffer(given) || typeof given !== 'object' || given === null) return given;
  const known = Object.entries(given).filter(([name]) => Object.hasOwn(like as object, name));
  return Object.fromEntries(known.map(([name, value]) => [name, trim(value, (like as Record<string, unknown>)[name])]));
}

describe('etcd', () => {
  it.each(Object.keys(requests) as (keyof typeof requests)[])('gets a valid request: %s', (name) => {
    const judge = judgeOf(methods[name]);
    const write = methods[name].requestSerialize as (request: unknown) => Buffer;
    fc.assert(
      fc.property(requests[name], (request) => {
        const understood = judge.requestDeserialize(write(request));
        expect(understood).toEqual(judge.requestDeserialize(judge.requestSerialize(request)));
      }),
    );
  });

  it.each(Object.keys(answers) as (keyof typeof answers)[])('is understood: %s', (name) => {
    const judge = judgeOf(methods[name]);
    const read: (answer: Buffer) => unknown = methods[name].responseDeserialize;
    fc.assert(
      fc.property(answers[name], (answer) => {
        const understood = read(judge.responseSerialize(answer));
        const known = trim(answer, understood) as object;
        expect(understood).toMatchObject(known);
        // All other fields are empty.
        expect(read(judge.responseSerialize(known))).toEqual(understood);
      }),
    );
  });
});

describe('an answer that is no message', () => {
  it('is refused when it is cut off within a field', () => {
    const whole = watchResponse.encode({ events: [{ kv: { key: Buffer.from('k'), mod_revision: '300' } }] });
    expect(watchResponse.decode(whole).events).toHaveLength(1);
    for (let end = 1; end < whole.length; end++)
      expect(() => watchResponse.decode(whole.subarray(0, end)), `${end} bytes`).toThrow(RangeError);
  });

  it.each([
    ['a length beyond its end', [0x0a, 0x7f, 0x08]],
    ['a number without end', [0x18, ...Array<number>(11).fill(0xff)]],
    ['an inner message that is longer than its own length', [0x0a, 0x01, 0x18, 0x07]],
    ['a fixed number that is cut off', [0x79, 0x00]],
    ['a wire type that proto3 does not have', [0x0b]],
  ])('is refused: %s', (_title, octets) => {
    expect(() => watchResponse.decode(Buffer.from(octets))).toThrow(RangeError);
  });

  it('is accepted when it only has an unknown field of a later etcd', () => {
    const later = [
      ...[0xf8, 0x01, 0x05],
      ...[0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0xfa, 0x01, 0x01, 0x00],
      ...[0xfd, 0x01, 1, 2, 3, 4],
    ];
    const whole = Buffer.from([...later, ...watchResponse.encode({ created: true })]);
    expect(watchResponse.decode(whole)).toMatchObject({ created: true, events: [] });
  });
});
