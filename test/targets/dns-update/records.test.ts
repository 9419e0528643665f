import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { View } from '../../../src/model/view.js';
import type { Journal } from '../../../src/ports/journal.js';
import { openStore } from '../../../src/state/store.js';
import { dnsUpdateSchema } from '../../../src/targets/dns-update/schema.js';
import { createDnsUpdateTarget } from '../../../src/targets/dns-update/target.js';
import { pass, viewOf, type ServiceSet } from '../../contract/target.js';
import { instance } from '../../model/instances.js';
import { describeWith } from '../../support/binaries.js';
import { realClock } from '../../support/clock.js';
import { startDynamicBind, writeKey, type DynamicBind } from '../../support/dynamic-zone.js';
import { memoryLog } from '../../support/log.js';
import { memoryDir } from '../../support/temp.js';

describeWith('named', 'records in a real BIND', () => {
  let dynamic: DynamicBind;
  let journal: Journal;
  let dir: string;
  let zone: string;
  let worlds = 0;
  const log = memoryLog();

  beforeAll(async () => {
    dynamic = await startDynamicBind();
  });
  afterAll(async () => {
    await dynamic.bind.stop();
  });
  beforeEach(async () => {
    dir = await memoryDir();
    const store = await openStore(dir, { log });
    journal = await store.journal('dns');
    zone = `zone${++worlds}.example`;
    log.lines.length = 0;
    await dynamic.addZone(zone);
    return () => store.close();
  });

  const createTarget = (more: object = {}, itsJournal = journal) =>
    createDnsUpdateTarget(
      dnsUpdateSchema.parse({
        ...{ server: dynamic.server, zone, owner: 'me', tsigKeyFile: dynamic.keyFile, timeout: '2s' },
        ...more,
      }),
      { target: 'dns', journal: itsJournal, log, clock: realClock },
    );

  /** A pass that does not look at everything, as after a put. */
  const follow = async (
    target: ReturnType<typeof createTarget>,
    services: ServiceSet,
    before: ServiceSet,
  ): Promise<number> => {
    const since = target.desired(viewOf(before));
    return followViews(target, target.desired(viewOf(services), since), since);
  };
  const followViews = async (
    target: ReturnType<typeof createTarget>,
    desired: ReturnType<typeof target.desired>,
    since: typeof desired,
  ): Promise<number> => {
    const { signal } = new AbortController();
    const changes = target.diff(desired, await target.observe(desired, signal, since));
    await target.apply(changes, { digest: 'd', revision: 'r', signal, swapped: () => undefined });
    return changes.length;
  };
  /** What the server's log says of its work for the zone since a length of the log. */
  const workSince = async (start: number): Promise<{ readonly updates: number; readonly transfers: number }> => {
    const text = (await dynamic.bind.log()).slice(start);
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    return {
      updates: (await dynamic.serial(zone)) - 1,
      transfers: count(new RegExp(`transfer of '${zone}/IN': AXFR started`, 'g')),
    };
  };

  it('one change is one update, without a transfer before it', async () => {
    const target = createTarget();
    await pass(target, viewOf({ web: [8000] }));
    const start = (await dynamic.bind.log()).length;
    const before = await dynamic.serial(zone);
    expect(await follow(target, { web: [8000, 8001] }, { web: [8000] })).toBe(2);
    expect(await dynamic.serial(zone)).toBe(before + 1);
    expect((await workSince(start)).transfers).toBe(0);
    expect((await dynamic.records(zone)).get(`_web._tcp.web.${zone} SRV`)).toBe(
      `30 0 1 8000 8000.web.${zone}.\n30 0 1 8001 8001.web.${zone}.`,
    );
    const after = await dynamic.serial(zone);
    await pass(target, viewOf({ web: [8000, 8001] }));
    expect(await dynamic.serial(zone)).toBe(after);
  });

  it('two writers with one owner cannot cross: the second is refused, and looks again', async () => {
    const [one, other] = [createTarget(), createTarget()];
    await pass(one, viewOf({ web: [8000] }));
    await pass(other, viewOf({ web: [8000] }));
    await follow(one, { web: [8000, 8001] }, { web: [8000] });
    const serial = await dynamic.serial(zone);
    await expect(follow(other, { web: [8000, 8002] }, { web: [8000] })).rejects.toMatchObject({
      code: 'OUTPUT_RACED',
      retry: true,
    });
    expect(await dynamic.serial(zone)).toBe(serial);
    expect(journal.record).toMatchObject({ step: 'failed', undo: null });
    await follow(other, { web: [8000, 8002] }, { web: [8000] });
    expect((await dynamic.records(zone)).get(`_web._tcp.web.${zone} SRV`)).toBe(
      `30 0 1 8000 8000.web.${zone}.\n30 0 1 8002 8002.web.${zone}.`,
    );
  });

  it('two owners share a zone, and each leaves the names of the other', async () => {
    const [mine, theirs] = [createTarget(), createTarget({ owner: 'they' })];
    await pass(theirs, viewOf({ api: [1], web: [1] }));
    const before = await dynamic.records(zone);
    await pass(mine, viewOf({ mail: [2], web: [2] }));
    const after = await dynamic.records(zone);
    for (const [name, text] of before) expect([name, after.get(name)]).toEqual([name, text]);
    expect(after.has(`mail.${zone} A`)).toBe(true);
    expect(log.lines.find(({ message }) => message.includes('do not belong to the owner me'))?.fields).toMatchObject({
      conflicts: [`_web._tcp.web.${zone} SRV`, `web.${zone} A`],
    });
    await pass(mine, viewOf({}));
    // The instance 2.web was nobody's name before.
    expect(await dynamic.records(zone)).toEqual(before);
  });

  it.each([
    ['that the server does not know', { name: 'unknown', secret: 'the right secret' }, 'BADKEY'],
    ['with another secret', { name: 'updates', secret: 'the wrong secret' }, 'BADSIG'],
  ])('a key %s changes nothing, and is named without its secret', async (_what, { name, secret }, reason) => {
    const tsigKeyFile = await writeKey(join(dir, 'key'), name, secret);
    const target = createTarget({ tsigKeyFile });
    const error: unknown = await pass(target, viewOf({ web: [1] })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'DNS_REFUSED',
      retry: true,
      message: expect.stringContaining(reason) as string,
    });
    expect(JSON.stringify([error, log.lines])).not.toContain(Buffer.from(secret).toString('base64'));
    expect(await dynamic.records(zone)).toEqual(new Map());
    // The file is read again: no restart is needed.
    await writeKey(tsigKeyFile, 'updates', 'the right secret');
    await pass(target, viewOf({ web: [1] }));
    expect((await dynamic.records(zone)).has(`web.${zone} A`)).toBe(true);
  });

  it('a key file that others may write, or that holds no key, is refused', async () => {
    const tsigKeyFile = await writeKey(join(dir, 'key'), 'updates', 'the right secret');
    await chmod(tsigKeyFile, 0o666);
    await expect(pass(createTarget({ tsigKeyFile }), viewOf({ web: [1] }))).rejects.toMatchObject({ code: 'TSIG_KEY' });
    await rm(tsigKeyFile);
    await writeFile(tsigKeyFile, 'the secret words', { mode: 0o600 });
    await expect(pass(createTarget({ tsigKeyFile }), viewOf({ web: [1] }))).rejects.toThrow('it holds no key');
  });

  it.each([
    ['the zone is unknown', async () => Promise.resolve('unknown.example'), 'NOTAUTH'],
    [
      'transfers are refused',
      async () => {
        await dynamic.addZone('closed.example', 'allow-update { key updates; }; allow-transfer { none; };');
        return 'closed.example';
      },
      'REFUSED',
    ],
    [
      'updates are refused',
      async () => {
        await dynamic.addZone('fixed.example', 'allow-transfer { key updates; };');
        return 'fixed.example';
      },
      'REFUSED',
    ],
  ])('a server for which %s is named with its answer', async (_what, makeZone, rcode) => {
    const refused = await makeZone();
    await expect(pass(createTarget({ zone: refused }), viewOf({ web: [1] }))).rejects.toMatchObject({
      code: 'DNS_REFUSED',
      message: expect.stringContaining(`${refused}: ${rcode}`) as string,
    });
    expect(journal.record.undo).toBeNull();
  });

  it('a zone that refuses transfers is served with transfer: false', async () => {
    const closed = `closed${worlds}.example`;
    await dynamic.addZone(closed, 'allow-update { key updates; }; allow-transfer { none; };');
    const target = createTarget({ zone: closed, transfer: false });
    await pass(target, viewOf({ web: [8000, 8001] }));
    await pass(target, viewOf({ web: [8001] }));
    expect((await pass(target, viewOf({ web: [8001] }))).changes).toBe(0);
    const names = journal.record.owned.map((entry) => entry.slice(`dnsUpdate:${dynamic.server}/${closed}/`.length));
    expect(names).toEqual(['', `8001.web.${closed}`, `_web._tcp.web.${closed}`, `web.${closed}`]);
  });

  it('reverse zones, aliases and other types follow', async () => {
    const reverse = `${worlds}.0.10.in-addr.arpa`;
    await dynamic.addZone(reverse);
    const target = createTarget({ reverse: [reverse] });
    const view = (...services: [string, ...string[]][]): View => ({
      ...viewOf({}),
      services: services.map(([name, ...addresses]) => ({
        name,
        expected: false,
        instances: addresses.map((address, index) => {
          const family = address.includes(':') ? 'ipv6' : /^\d/.test(address) ? 'ipv4' : 'name';
          return instance({
            id: `i${index}`,
            service: name,
            key: `/services/${name}/${index}`,
            address,
            host: address,
            family,
          });
        }),
      })),
    });
    const [first, second] = [`10.0.${worlds}.1`, `10.0.${worlds}.2`];
    const old = view(['api', first], ['web', first, '2001:db8::1'], ['zoo', 'host.example.com']);
    await pass(target, old);
    const pointers = async (): Promise<Map<string, string>> =>
      new Map([...(await dynamic.records(reverse))].filter(([name]) => name.endsWith(' PTR')));
    expect((await dynamic.records(zone)).get(`zoo.${zone} CNAME`)).toBe('30 host.example.com.');
    expect((await dynamic.records(zone)).get(`web.${zone} AAAA`)).toBe('30 2001:db8::1');
    expect(await pointers()).toEqual(new Map([[`1.${reverse} PTR`, `30 i0.api.${zone}.\n30 i0.web.${zone}.`]]));
    const next = view(['api', second], ['web', first, '2001:db8::1'], ['zoo', first]);
    // The services that are the same are the same objects, as the catalog keeps them.
    const kept = {
      ...next,
      services: [...next.services.slice(0, 1), ...old.services.slice(1, 2), ...next.services.slice(2)],
    };
    const since = target.desired(old);
    await followViews(target, target.desired(kept, since), since);
    expect((await dynamic.records(zone)).get(`zoo.${zone} A`)).toBe(`30 ${first}`);
    expect((await dynamic.records(zone)).has(`zoo.${zone} CNAME`)).toBe(false);
    expect(await pointers()).toEqual(
      new Map([
        [`1.${reverse} PTR`, `30 i0.web.${zone}.\n30 i0.zoo.${zone}.`],
        [`2.${reverse} PTR`, `30 i0.api.${zone}.`],
      ]),
    );
    expect((await pass(createTarget({ reverse: [reverse] }), kept)).changes).toBe(0);
    // A zone that leaves the config loses the records of this target.
    await pass(createTarget(), kept);
    expect(await dynamic.records(reverse)).toEqual(new Map());
    await pass(createTarget(), kept);
    expect(journal.record.owned).toEqual([`dnsUpdate:${dynamic.server}/${zone}/`]);
  });

  it('a key that may change only the types of services is enough', async () => {
    const limited = `limited${worlds}.example`;
    await dynamic.addZone(
      limited,
      'update-policy { grant updates zonesub A AAAA CNAME SRV TXT; }; allow-transfer { key updates; };',
    );
    const target = createTarget({ zone: limited });
    await pass(target, viewOf({ api: [1], web: [1, 2] }));
    await pass(target, viewOf({ web: [2] }));
    const names = [...(await dynamic.records(limited)).keys()].filter((name) => !name.startsWith('_rollcall.'));
    expect(names.sort()).toEqual([`2.web.${limited} A`, `_web._tcp.web.${limited} SRV`, `web.${limited} A`]);
  });

  it('a changed TTL reaches every record', async () => {
    await pass(createTarget(), viewOf({ web: [1, 2] }));
    await pass(createTarget({ ttl: 7 }), viewOf({ web: [1, 2] }));
    for (const [name, text] of await dynamic.records(zone))
      if (!name.endsWith(' TXT')) expect(text).toMatch(/^7 .*(\n7 .*)?$/);
  });

  it('a server that is down or silent is named, and nothing is left to undo', async () => {
    const target = createTarget({ timeout: '300ms' });
    await pass(target, viewOf({ web: [1] }));
    const before = await dynamic.records(zone);
    dynamic.bind.signal('SIGSTOP');
    try {
      await expect(pass(target, viewOf({ web: [1, 2] }))).rejects.toMatchObject({
        code: 'DNS_UNREACHABLE',
        retry: true,
      });
    } finally {
      dynamic.bind.signal('SIGCONT');
    }
    await dynamic.bind.kill();
    try {
      await expect(follow(target, { web: [1, 2] }, { web: [1] })).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
    } finally {
      await dynamic.bind.restart();
    }
    expect(await dynamic.records(zone)).toEqual(before);
    await pass(target, viewOf({ web: [1, 2] }));
    expect((await dynamic.records(zone)).get(`_web._tcp.web.${zone} SRV`)?.split('\n')).toHaveLength(2);
  });

  it('a server that is silent after it took an update is asked what became of it', async () => {
    const target = createTarget({ timeout: '300ms' });
    await pass(target, viewOf({ web: [1] }));
    dynamic.bind.signal('SIGSTOP');
    // The kernel accepts the connection and the update; the server reads both when it wakes up.
    await expect(follow(target, { web: [1, 2] }, { web: [1] })).rejects.toMatchObject({
      code: 'UNDO_FAILED',
      retry: true,
    });
    dynamic.bind.signal('SIGCONT');
    await pass(target, viewOf({ web: [1, 2] }));
    expect((await dynamic.records(zone)).get(`_web._tcp.web.${zone} SRV`)?.split('\n')).toHaveLength(2);
    expect(journal.record.step).toBe('checked');
  });

  it.each([
    ['closes every connection', (socket: Socket) => socket.destroy(), 'DNS_UNREACHABLE'],
    ['is no DNS server', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'DNS_UNREACHABLE'],
    [
      'answers with other octets',
      (socket: Socket) => socket.write(Buffer.concat([Buffer.of(0, 20), Buffer.alloc(20)])),
      'DNS_ANSWER',
    ],
  ])('a server that %s is named', async (_what, answer, code) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await expect(
        pass(createTarget({ server: `127.0.0.1:${port}`, timeout: '500ms' }), viewOf({ web: [1] })),
      ).rejects.toMatchObject({ code });
    } finally {
      server.close();
    }
  });
});
