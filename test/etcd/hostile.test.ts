import { gzipSync } from 'node:zlib';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { frame, pour, type Behaviour, type Call, type Request } from '../support/hostile-etcd.js';
import { until } from '../support/poll.js';
import { elapse } from './follow.js';
import { b, complaint, isCreate, kv, restored, takeOver, watching, type Header } from './hostile-server.js';

const good = { a: 'a', b: 'b', c: 'c' };
const bomb = gzipSync(Buffer.alloc(80 << 20));

/** A method that answers every request with this message. */
const say =
  (message: object | Buffer): Behaviour =>
  (_request, call) => {
    call.send(message);
    call.end();
  };

/** A range that answers the first page with one message and every further one with another. */
const pages =
  (first: object, next: object): Behaviour =>
  (request, call) => {
    call.send(request.revision === '0' ? first : next);
    call.end();
  };

describeWith('etcd', 'a server in the place of etcd', (binary) => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  const contentOf = (prefix: string, content: ReadonlyMap<string, string>): object =>
    Object.fromEntries([...content].map(([key, value]) => [key.replace(prefix, ''), value]));

  type Lies = readonly [title: string, (header: Header, prefix: string) => Behaviour, RegExp];
  const wrongLists: readonly Lies[] = [
    ['is noise', () => say(Buffer.alloc(64, 0xff)), /cannot be read: a number is too long/],
    ['is cut short', (header, p) => say(cut(header, p)), /cannot be read: the message is cut short/],
    ['has a length beyond its end', () => say(Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])), /cut short/],
    ['has groups, which proto3 lacks', () => say(Buffer.from([0x0b, 0x0c])), /a field is of type 3/],
    ['has every field of another type', () => say(Buffer.from([0x08, 1, 0x10, 1, 0x1a, 1, 1])), /revision is 0/],
    ['is empty', () => say(Buffer.alloc(0)), /its revision is 0, which no store has/],
    ['nests lengths', () => say(nested(5000)), /revision is 0/],
    ['is of revision 0', (header) => say({ header: { ...header, revision: '0' } }), /revision is 0/],
    ['is of a negative revision', (header) => say({ header: { ...header, revision: '-7' } }), /revision is -7/],
    ['has a key before the range', (header) => say({ header, kvs: [kv('/a')] }), /outside the requested range: "\/a"/],
    ['has a key behind the range', (header, p) => say({ header, kvs: [kv(`${p}a`), kv('/zz')] }), /range: "\/zz"/],
    ['has a key without a name', (header) => say({ header, kvs: [{}] }), /outside the requested range: ""/],
    ['has a key twice', (header, p) => say({ header, kvs: [kv(`${p}a`), kv(`${p}a`)] }), /not in ascending order/],
    ['has unsorted keys', (header, p) => say({ header, kvs: [kv(`${p}b`), kv(`${p}a`)] }), /not in ascending/],
    ['has more keys than asked for', (header, p) => say({ header, kvs: many(p, 5) }), /more keys than the 4 that/],
    [
      'has fewer keys than it says',
      (header, p) => say({ header, kvs: many(p, 2), count: '3' }),
      /says that there are 3/,
    ],
    ['says that more follow, and holds no keys', (header) => say({ header, more: true }), /says that more follow/],
    [
      'is the same page for ever',
      (header, p) => say({ header, kvs: many(p, 4), more: true, count: '9223372036854775807' }),
      /outside the requested range: ".*000000"/,
    ],
    [
      'has a second page of an older revision',
      (header, p) =>
        pages({ header, kvs: many(p, 4), more: true }, { header: { ...header, revision: '1' }, kvs: [kv(`${p}x`)] }),
      /pages come from different stores/,
    ],
    [
      'has a second page of a later revision',
      (header, p) => pages({ header, kvs: many(p, 4), more: true }, { header, kvs: [kv(`${p}x`, '999999999')] }),
      /pages come from different stores/,
    ],
    [
      'has a second page of another cluster',
      (header, p) =>
        pages({ header, kvs: many(p, 4), more: true }, { header: { ...header, cluster_id: '7' }, kvs: [kv(`${p}x`)] }),
      /pages come from different stores/,
    ],
    [
      'exceeds the size limit of a message',
      () => pouring(Buffer.alloc(65_536), 200 << 20),
      /too large: Received message/,
    ],
    ['says that it is of 4 GiB', () => pouring(Buffer.alloc(65_536), 0xffffffff), /too large: Received message/],
    ['never ends', () => pouring(Buffer.of(0x12), 1 << 20, true), /did not answer in time/],
    [
      'exceeds the size limit of a message once unpacked',
      () => packed('gzip'),
      /too large: Received message that decompresses/,
    ],
    ['has an unknown compression', () => packed('evil'), /aborted the call|refuses|not support/i],
    ['is a stream of many messages', (header, p) => endless({ header, kvs: many(p, 4) }), /.*/],
    [
      'ends without a message',
      () => (_request, call) => {
        call.end();
      },
      /ETCD|aborted|refuses|an empty answer|No message/i,
    ],
    [
      'ends without trailers',
      () => (_request, call) => {
        call.stream.respond({ ':status': 200 }, { endStream: true });
      },
      /aborted the call/,
    ],
    [
      'is HTML',
      () => (_request, call) => {
        html(call, 200);
      },
      /etcd at .* (broke|refuses|does not)/,
    ],
    [
      'is an error of a proxy',
      () => (_request, call) => {
        html(call, 502);
      },
      /does not answer: Received HTTP status code 502/,
    ],
    [
      'is a reset',
      () => (_request, call) => {
        call.stream.close(2);
      },
      /etcd at/,
    ],
    [
      'is a header without end',
      () => (_request, call) => {
        giant(call);
      },
      /etcd at/,
    ],
  ];

  it.each(wrongLists)('changes nothing when a list %s', async (_title, behave, says) => {
    const { following, prefix, ...taken } = await takeOver(server, (header, p) => ({
      'Watch/Watch': restored(header),
      'KV/Range': behave(header, p),
    }));
    await complaint(following, says);
    expect(contentOf(prefix, following.content)).toEqual(good);
    await taken.giveBack();
    expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
  });

  const wrongWatches: readonly Lies[] = [
    [
      'a key before the range',
      (header) => events(header, [{ type: 'PUT', kv: kv('/a', later(header)) }]),
      /outside the requested range: "\/a"/,
    ],
    [
      'a key behind the range',
      (header) => events(header, [{ type: 'DELETE', kv: kv('/zz', later(header)) }]),
      /outside the requested range: "\/zz"/,
    ],
    ['no key at all', (header) => events(header, [{}]), /outside the requested range: ""/],
    [
      'a key outside the range in a fragment',
      (header) => events(header, [{ type: 'PUT', kv: kv('/a', later(header)) }], { fragment: true }),
      /outside the requested range: "\/a"/,
    ],
    [
      'another watch',
      (header, p) => events(header, [{ type: 'PUT', kv: kv(`${p}evil`, later(header)) }], { watch_id: '77' }),
      /about watch 77, which was not requested/,
    ],
    [
      'events before it is confirmed',
      (header, p) => (_request, call) =>
        void call.send({ header, events: [{ type: 'PUT', kv: kv(`${p}evil`, later(header)) }] }),
      /about a watch before it confirmed the watch/,
    ],
    [
      'progress only, and is never confirmed',
      (header) => endless({ header, watch_id: '-1' }),
      /before it confirmed the watch/,
    ],
    [
      'its confirmation again and again',
      (header) => endless({ header, created: true }),
      /confirmed a watch that was not/,
    ],
    ['noise', () => (_request, call) => void call.send(Buffer.alloc(64, 0xff)), /cannot be read: a number is too long/],
    [
      'an empty name a million times',
      () => (_request, call) => void call.send(Buffer.alloc(2 << 20, '\x5a\x00')),
      /more than 500000/,
    ],
    [
      'a reason of many screens',
      (header) => (_request, call) =>
        void call.send({ header, canceled: true, cancel_reason: `\u001b[2Jevil\n${'x'.repeat(1 << 20)}` }),
      /^.{1,500}$/,
    ],
  ];

  it.each(wrongWatches)('changes nothing when a watch sends %s', async (_title, behave, says) => {
    const { following, prefix, hostile, giveBack } = await takeOver(server, (header, p) => ({
      'Watch/Watch': behave(header, p),
    }));
    const said = await complaint(following, says);
    expect(said).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(contentOf(prefix, following.content)).toEqual(good);
    // One stream at a time, and no calls beside it for each message of a flood.
    expect(hostile.calls.length).toBeLessThan(60);
    await giveBack();
    expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
  });

  it.each([
    ['empty', () => []],
    ['new', (p: string, header: Header) => [{ type: 'PUT', kv: kv(`${p}evil`, later(header)) }]],
  ])('is not believed alive when it sends %s fragments of one change again and again', async (_title, eventsOf) => {
    const behave = (header: Header, p: string): { 'Watch/Watch': Behaviour } => ({
      'Watch/Watch': (request, call) => {
        watching(header)(request, call);
        if (!isCreate(request)) return;
        const more = setInterval(() => {
          call.send({ header, watch_id: '0', fragment: true, events: eventsOf(p, header) });
        }, 20);
        call.stream.on('close', () => {
          clearInterval(more);
        });
      },
    });
    const { following, prefix, hostile, giveBack } = await takeOver(server, behave, {
      timing: { ask: 40, silence: 200 },
    });
    await until(() => hostile.calls.includes('Watch/Watch'), { what: 'the watch' });
    await following.reaches('live');
    await complaint(following, /sent a change that did not end for \d+ ms/);
    // It was not live any more when the watch was given up.
    const kinds = following.states.map(({ kind }) => kind);
    expect(kinds[kinds.lastIndexOf('waiting') - 1]).toBe('connecting');
    expect(contentOf(prefix, following.content)).toEqual(good);
    await giveBack();
    expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
  });

  const absurdStores: readonly (readonly [string, Lies[1]])[] = [
    ['whose revision is the greatest int64', (header, p) => whole({ ...header, revision: '9223372036854775807' }, p)],
    ['of revision 1', (header, p) => whole({ ...header, revision: '1' }, p)],
    [
      'of another cluster each time',
      (header, p) => (request, call) => {
        whole({ ...header, cluster_id: String(Math.floor(Math.random() * 1e9)) }, p)(request, call);
      },
    ],
  ];

  it.each(absurdStores)('is left for the real etcd again when it is a store %s', async (_title, behave) => {
    const { following, prefix, hostile, giveBack } = await takeOver(server, (header, p) => ({
      'KV/Range': behave(header, p),
      'Watch/Watch': restored(header),
    }));
    await until(() => hostile.calls.includes('KV/Range'), { what: 'a list' });
    await until(() => following.source.counts.lists > 1, { what: 'the list taken' });
    expect(contentOf(prefix, following.content)).toEqual(good);
    await giveBack();
    expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
  });

  it('is listed no faster than its backoff when it reports a future revision as compacted', async () => {
    const { following, hostile, giveBack, prefix } = await takeOver(server, (header, p) => ({
      'KV/Range': whole(header, p),
      'Watch/Watch': (_request, call) =>
        void call.send({ header, canceled: true, compact_revision: '9223372036854775807' }),
    }));
    await elapse(1500);
    const lists = hostile.calls.filter((method) => method === 'KV/Range').length;
    expect(lists).toBeGreaterThan(1);
    expect(lists).toBeLessThan(60);
    await giveBack();
    expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
  });

  it('does not hide the real etcd when its events have the greatest revision', async () => {
    const { following, prefix, giveBack } = await takeOver(server, (header, p) => ({
      'Watch/Watch': events(header, [{ type: 'PUT', kv: kv(`${p}a`, '9223372036854775807') }]),
    }));
    await until(() => following.content.get(`${prefix}a`) === 'evil', { what: 'the event' });
    await giveBack();
    expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
  });

  it('cannot redirect the client to another server', async () => {
    const seen: string[] = [];
    const other = createServer((request, response) => {
      seen.push(String(request.url));
      response.end();
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    const redirect: Behaviour = (_request, call) => {
      call.stream.respond({ ':status': 302, location }, { endStream: true });
    };
    const { following, prefix, giveBack } = await takeOver(server, () => ({ 'Watch/Watch': redirect }));
    await complaint(following, /status code 302/);
    expect(contentOf(prefix, following.content)).toEqual(good);
    expect(seen).toEqual([]);
    await giveBack();
  });

  it('can put only one short line into a log by its trailers', async () => {
    const message = encodeURIComponent(`\u001b]0;evil\u0007\u202e\nrollcall: all is well${'x'.repeat(20_000)}`);
    const { following, giveBack } = await takeOver(server, () => ({
      'Watch/Watch': (_request, call) => {
        call.end(9, message);
      },
    }));
    const said = await complaint(following, /evil/);
    expect(said.length).toBeLessThan(500);
    expect(said).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    await giveBack();
  });

  describe('that speaks no HTTP/2', () => {
    const preface = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    const ping = Buffer.concat([Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0]), Buffer.alloc(8)]);
    const endlessly = (socket: Socket, chunk: Buffer): void => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    };
    it.each([
      ['noise', (socket) => void socket.write(Buffer.alloc(4096, 0xaa))],
      [
        'noise without end',
        (socket) => {
          endlessly(socket, Buffer.alloc(65_536, 0xaa));
        },
      ],
      ['HTTP/1.1', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')],
      ['an alert of TLS', (socket) => void socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]))],
      ['nothing', () => undefined],
      [
        'settings without end',
        (socket) => {
          endlessly(socket, Buffer.concat(Array<Buffer>(1000).fill(preface)));
        },
      ],
      [
        'pings without end',
        (socket) => {
          socket.write(preface);
          endlessly(socket, Buffer.concat(Array<Buffer>(1000).fill(ping)));
        },
      ],
      [
        'a frame without end',
        (socket) => {
          socket.write(preface);
          endlessly(socket, Buffer.concat([Buffer.from([0, 0x40, 0, 1, 0, 0, 0, 0, 1]), Buffer.alloc(16_384)]));
        },
      ],
    ] as readonly [string, (socket: Socket) => void][])('but %s', async (_title, speak) => {
      const { following, prefix, hostile, giveBack } = await takeOver(server, () => speak);
      await complaint(following, /etcd at/);
      await until(() => hostile.calls.length > 1, { deadline: 20_000, what: 'another try' });
      expect(contentOf(prefix, following.content)).toEqual(good);
      await giveBack();
      expect(contentOf(prefix, following.content)).toEqual({ ...good, d: 'd' });
    });
  });
});

const later = ({ revision }: Header): string => String(BigInt(revision) + 1n);

const many = (prefix: string, count: number): object[] =>
  Array.from({ length: count }, (_, n) => kv(`${prefix}${String(n).padStart(6, '0')}`));

/** A watch that is confirmed and sends these events at once. */
function events(header: Header, list: readonly object[], more: object = {}): Behaviour {
  return (request, call) => {
    watching(header)(request, call);
    if (isCreate(request)) call.send({ header, watch_id: '0', events: list, ...more });
  };
}

/** The content that was there before, and nothing else. */
function whole(header: Header, prefix: string): Behaviour {
  return say({ header, kvs: ['a', 'b', 'c'].map((name) => kv(`${prefix}${name}`, '1', name)), count: '3' });
}

function cut(_header: Header, prefix: string): Buffer {
  const key = b(`${prefix}a`);
  return Buffer.concat([Buffer.from([0x12, key.length + 9, 0x0a, key.length + 9]), key]);
}

/** Deeply nested fields: a recursive reader would exhaust the stack. */
function nested(depth: number): Buffer {
  let inner = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) {
    const length = Buffer.from([(inner.length & 127) | 128, ((inner.length >> 7) & 127) | 128, inner.length >> 14]);
    inner = Buffer.concat([Buffer.of(0x7a), length, inner]);
  }
  return inner;
}

function pouring(chunk: Buffer, length: number, once = false): Behaviour {
  return (_request, call) => {
    call.open();
    call.stream.write(frame(chunk, 0, length));
    if (!once) pour(call, () => chunk);
  };
}

function packed(encoding: string): Behaviour {
  return (_request, call) => {
    call.open({ 'grpc-encoding': encoding });
    call.stream.write(frame(bomb, 1));
    call.end();
  };
}

function endless(message: object): Behaviour {
  return (_request: Request, call: Call) => {
    const more = (): void => {
      while (!call.stream.destroyed && call.send(message));
      call.stream.once('drain', more);
    };
    more();
  };
}

function html(call: Call, status: number): void {
  call.stream.respond({ ':status': status, 'content-type': 'text/html' });
  call.stream.end('<html>evil</html>');
}

function giant(call: Call): void {
  call.stream.respond({ ':status': 200, 'content-type': 'application/grpc', evil: 'x'.repeat(60_000) });
  call.stream.end();
}
