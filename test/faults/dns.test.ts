import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startBind, type Bind } from '../support/bind.js';
import { startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { dig } from '../support/dig.js';
import { startDynamicBind } from '../support/dynamic-zone.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { dice } from './storm.js';

const zone = 'svc.example.com';
const seed = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);

/** One kind of target, with a BIND that serves what it writes. */
interface Served {
  readonly bind: Bind;
  readonly target: (place: Place) => object;
}

const kinds: readonly { readonly kind: string; readonly start: (place: Place) => Promise<Served> }[] = [
  {
    kind: 'zoneFile',
    start: async (place) => {
      const bind = await startBind({ conf: () => `zone "${zone}" { type primary; file "${place.at('zone')}"; };` });
      return {
        bind,
        target: () => ({
          name: 'dns',
          zoneFile: { path: place.at('zone'), zone, ns: ['ns1.example.com'], server: `127.0.0.1:${bind.port}` },
          check: { command: ['named-checkzone', '-i', 'local', zone, '{staged}'] },
          reload: { command: [...bind.rndc, 'reload', zone], minInterval: '10ms', timeout: '1s' },
        }),
      };
    },
  },
  {
    kind: 'dnsUpdate',
    start: async () => {
      const dynamic = await startDynamicBind();
      const { bind, server, keyFile } = dynamic;
      await dynamic.addZone(zone);
      return {
        bind,
        target: () => ({
          name: 'dns',
          dnsUpdate: { server, zone, owner: 'faults', tsigKeyFile: keyFile, timeout: '1s' },
        }),
      };
    },
  },
];

describeWith('etcd', 'a name server that fails', () => {
  describeWith('named', 'of every kind', () => {
    let etcd: EtcdServer;
    beforeAll(async () => {
      etcd = await startEtcd();
    });
    const stops: (() => Promise<void>)[] = [];
    afterAll(async () => {
      for (const stop of stops) await stop();
    });

    let places = 0;
    async function open(start: (place: Place) => Promise<Served>) {
      const prefix = `/faults-${++places}/`;
      const place = await createPlace(etcd, {});
      const { bind, target } = await start(place);
      stops.push(() => bind.stop());
      await place.write({ sources: [{ name: 'services', prefix }], targets: [{ ...target(place), guard: 'off' }] });
      const put = (id: number): Promise<void> => putKey(etcd, `${prefix}web/${id}`, `10.0.0.${id}:80`);
      const remove = (id: number): Promise<void> => deleteKey(etcd, `${prefix}web/${id}`);
      const become = (...ids: readonly number[]): Promise<unknown> => {
        const wanted = ids.map((id) => `10.0.0.${id}`).sort();
        return until(
          async () => {
            const { data } = await dig({ port: bind.port, name: `web.${zone}`, type: 'A', tcp: true });
            return data.join() === wanted.join();
          },
          { what: wanted.join(), deadline: 90_000 },
        );
      };
      return { place, bind, put, remove, become };
    }

    it.each(kinds)('$kind: the change made while BIND was killed happens when it is back', async ({ start }) => {
      const { place, bind, put, remove, become } = await open(start);
      await put(1);
      const running = startRollcall(['run', '-c', place.file]);
      await become(1);
      await bind.kill();
      const from = running.lines().length;
      await put(2);
      await remove(1);
      await running.line(({ level }) => level === 'error' || level === 'warn', 'a line that says so', from);
      await bind.restart();
      await become(2);
      expect((await running.end()).code).toBe(0);
    });

    it.each(kinds)('$kind: BIND that is silent in the middle of a change has it in the end', async ({ start }) => {
      const { place, bind, put, become } = await open(start);
      await put(1);
      const running = startRollcall(['run', '-c', place.file]);
      await become(1);
      for (const id of [2, 3]) {
        const from = running.lines().length;
        bind.signal('SIGSTOP');
        try {
          await put(id);
          await running.line(({ level }) => level === 'error' || level === 'warn', 'a line that says so', from);
        } finally {
          bind.signal('SIGCONT');
        }
        await become(...[1, 2, 3].slice(0, id));
      }
      await running.end();
    });

    it('dnsUpdate: a zone that is frozen refuses, and has everything when it is thawed', async () => {
      const { place, bind, put, become } = await open(kinds[1]?.start ?? (() => Promise.reject(new TypeError())));
      await put(1);
      const running = startRollcall(['run', '-c', place.file]);
      await become(1);
      const rndc = (...words: string[]) => promisify(execFile)(bind.rndc[0], [...bind.rndc.slice(1), ...words]);
      await rndc('freeze', zone);
      const from = running.lines().length;
      await put(2);
      await running.line(({ code }) => code === 'DNS_REFUSED', 'the refusal', from);
      await rndc('thaw', zone);
      await become(1, 2);
      await running.end();
    });

    it.each(kinds)('$kind: kill -9 of rollcall, and of BIND, at any moment loses nothing', async ({ start }) => {
      const random = dice(seed);
      const { place, bind, put, remove, become } = await open(start);
      await put(1);
      let running = startRollcall(['run', '-c', place.file]);
      await become(1);
      const live = new Set([1]);
      for (let kill = 1; kill <= 12; kill += 1) {
        const id = 2 + Math.floor(random() * 20);
        if (live.delete(id)) await remove(id);
        else {
          live.add(id);
          await put(id);
        }
        await pause(random() * 60);
        const ofBind = random() < 0.3;
        if (ofBind) await bind.kill();
        await running.end('SIGKILL');
        running = startRollcall(['run', '-c', place.file]);
        if (ofBind) await bind.restart();
        await become(...live);
      }
      await running.end();
    });
  });
});
