import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd } from '../support/etcd.js';
import { frame, pour, startHostileEtcd, type Behaviour, type Behaviours } from '../support/hostile-etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startProxy } from '../support/proxy.js';
import { allWell, askAll } from './observer.js';
import { isCreate, kv, watching, type Header } from '../etcd/hostile-server.js';

const MIB = 1 << 20;
// rollcall holds a list of 512 MiB as bytes and as text before it refuses it.
const MAX_MIB = 1500;

describeWith('etcd', 'a server in the place of etcd that tries to fill the memory', () => {
  let running: Running | undefined;
  afterEach(async () => {
    await running?.end('SIGKILL');
  });

  it('fails, the outputs stay, and the process still ends at SIGTERM', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '10.0.0.1:80');
    const proxy = await startProxy(etcd.port);
    const place = await createPlace(proxy.endpoint, {
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [{ name: 'out', files: [{ path: 'out.conf', template: 'nginx-upstreams' }] }],
    });
    running = startRollcall(['run', '-c', place.file, '--log-level', 'debug']);
    const output = () => readFile(place.at('out.conf'), 'utf8').catch(() => '');
    await until(async () => (await output()).includes('10.0.0.1:80'), { deadline: 30_000, what: 'the first output' });
    await running.line(({ msg }) => msg === 'watching', 'the watch');
    const good = await output();
    const saysAll = () => askAll(place.at('state', 'admin.sock'));
    await until(async () => isDeepStrictEqual(await saysAll(), allWell), { what: 'a word that all is well' });
    const header = await headerOf(etcd);

    await proxy.close();
    const hostile = await startHostileEtcd({}, proxy.port);
    for (const [title, behaviours, says] of attacks(header)) {
      const from = running.lines().length;
      hostile.turn(behaviours);
      await running.line((line) => says.test(JSON.stringify(line)), `a word on ${title}`, from);
      expect(await output(), title).toBe(good);
      console.log(`${title}: at most ${await peakOf(running.pid)} MiB so far`);
      expect(await peakOf(running.pid), title).toBeLessThan(MAX_MIB);
    }

    // During a flood of valid events, rollcall still applies them.
    hostile.turn(flood(header));
    await until(async () => (await output()) !== good, { deadline: 60_000, what: 'an event of the flood' });
    expect(await peakOf(running.pid)).toBeLessThan(MAX_MIB);
    await hostile.close();
    await startProxy(etcd.port, proxy.port);
    await putKey(etcd, '/services/web/2', '10.0.0.2:80');
    await until(async () => (await output()).includes('10.0.0.2:80'), { deadline: 60_000, what: 'what etcd has' });
    expect((await output()).match(/server .*/g)).toHaveLength(2);
    await until(async () => isDeepStrictEqual(await saysAll(), allWell), { what: 'a word that all is well again' });
    const began = performance.now();
    expect((await running.end('SIGTERM')).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

type Attack = readonly [title: string, behaviours: Behaviours, says: RegExp];

function attacks(header: Header): readonly Attack[] {
  const again = watching({ ...header, revision: '1' });
  const listing = (range: Behaviour): Behaviours => ({ 'Watch/Watch': again, 'KV/Range': range });
  const telling = (watch: Behaviour): Behaviours => ({ 'Watch/Watch': watch, 'KV/Range': listed(header) });
  return [
    ['a list that never ends', listing(endlessList()), /holds more than 512 MiB of keys and values/],
    [
      'empty keys',
      listing(pouring(Buffer.alloc(60 * MIB, '\x12\x00'))),
      /holds more keys than the 5000 that were requested/,
    ],
    ['unknown fields', listing(pouring(Buffer.alloc(60 * MIB, '\x78\x01'))), /its revision is 0/],
    [
      'numbers without end',
      listing(pouring(numbers())),
      /cannot be read: (the message is cut short|a field reaches beyond)|did not answer in time/,
    ],
    ['a bomb', listing(bomb(gzipSync(Buffer.alloc(80 * MIB)))), /too large: Received message that decompresses/],
    ['a message that is too long', listing(pouring(Buffer.alloc(65_536), 100 * MIB)), /too large: Received message/],
    ['empty events', telling(pouring(Buffer.alloc(60 * MIB, '\x5a\x00'))), /more than 500000 items/],
    ['fragments without end', telling(fragments(header)), /the changes since the last event exceed 512 MiB/],
    [
      'a reason without end',
      telling((_request, call) => {
        call.send({ header, canceled: true, cancel_reason: 'evil'.repeat(10 * MIB) });
      }),
      /evil…/,
    ],
  ];
}

/** Pages with ascending keys, without end. */
function endlessList(): Behaviour {
  let count = 0;
  const value = Buffer.alloc(1000, 'x');
  const head = Buffer.from([0x0a, 0x02, 0x18, 0x05, 0x18, 0x01]);
  return (_request, call) => {
    const entries = Array.from({ length: 5000 }, () => {
      const key = Buffer.from(`/services/web/${String(count++).padStart(12, '0')}`);
      const inner = Buffer.concat([Buffer.from([0x0a, key.length]), key, Buffer.from([0x2a, 0xe8, 0x07]), value]);
      return Buffer.concat([Buffer.from([0x12, (inner.length & 127) | 128, inner.length >> 7]), inner]);
    });
    call.send(Buffer.concat([head, ...entries]));
    call.end();
  };
}

function listed(header: Header): Behaviour {
  return (_request, call) => {
    call.send({ header, kvs: [kv('/services/web/1', '1', '10.0.0.1:80')], count: '1' });
    call.end();
  };
}

/** Ten bytes each, the longest possible. */
function numbers(): Buffer {
  const one = Buffer.from([0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]);
  return Buffer.concat([Buffer.from([0x0a, 0x80, 0x80, 0x80, 0x18]), Buffer.alloc(48 * MIB, one)]);
}

function pouring(bytes: Buffer, length = bytes.length): Behaviour {
  return (_request, call) => {
    call.open();
    call.stream.write(frame(bytes, 0, length));
    if (length > bytes.length) pour(call, () => bytes);
    else call.end();
  };
}

function bomb(packed: Buffer): Behaviour {
  return (_request, call) => {
    call.open({ 'grpc-encoding': 'gzip' });
    call.stream.write(frame(packed, 1));
    call.end();
  };
}

function fragments(header: Header): Behaviour {
  const event = { type: 'PUT', kv: kv('/services/web/1', String(BigInt(header.revision) + 1n), 'x'.repeat(MIB)) };
  return endlessly(header, { header, watch_id: '0', fragment: true, events: [event] });
}

/** One key changes without end. */
function flood(header: Header): Behaviours {
  let revision = BigInt(header.revision);
  const message = (): object => {
    revision += 1n;
    const value = `10.0.${revision % 250n}.9:80`;
    const event = { type: 'PUT', kv: kv('/services/web/1', String(revision), value) };
    return { header: { ...header, revision: String(revision) }, watch_id: '0', events: [event] };
  };
  return { 'Watch/Watch': endlessly(header, message), 'KV/Range': listed(header) };
}

function endlessly(header: Header, message: object | (() => object)): Behaviour {
  return (request, call) => {
    watching(header)(request, call);
    if (!isCreate(request)) return;
    const more = (): void => {
      while (
        !call.stream.destroyed &&
        call.send(typeof message === 'function' ? (message as () => object)() : message)
      );
      if (!call.stream.destroyed) call.stream.once('drain', more);
    };
    more();
  };
}

/** The header of the store's answers. */
async function headerOf(etcd: { api(path: string, body: object): Promise<Record<string, unknown>> }): Promise<Header> {
  const { header } = (await etcd.api('maintenance/status', {})) as { header: Header };
  return { cluster_id: header.cluster_id, revision: header.revision, raft_term: header.raft_term };
}

/** The peak memory of the process in MiB (proc(5), VmHWM). */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}
