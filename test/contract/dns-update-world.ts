import { openStore, type Store } from '../../src/state/store.js';
import { createDnsUpdateReader } from '../../src/targets/dns-update/reader.js';
import { dnsUpdateSchema } from '../../src/targets/dns-update/schema.js';
import { createDnsUpdateTarget } from '../../src/targets/dns-update/target.js';
import { realClock } from '../support/clock.js';
import type { DynamicBind } from '../support/dynamic-zone.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import type { ServiceSet, World } from './target.js';

const owner = 'world';
let worlds = 0;

/** A zone of its own in a BIND that several worlds share. */
export async function makeDnsUpdateWorld(dynamic: DynamicBind, more: object = {}): Promise<World> {
  const dir = await memoryDir();
  const log = memoryLog();
  const zone = `world${++worlds}.example`;
  await dynamic.addZone(zone);
  const options = dnsUpdateSchema.parse({
    ...{ server: dynamic.server, zone, owner, tsigKeyFile: dynamic.keyFile, timeout: '2s' },
    ...more,
  });
  let name = 'world';
  let store: Store = await openStore(`${dir}/state`, { log });
  let journal = await store.journal(name);
  const foreign = new Map<string, string>();

  const depsOf = () => ({ target: name, journal, log, clock: realClock });
  const read = async (): Promise<Map<string, string>> =>
    new Map([...(await dynamic.records(zone))].filter(([, text]) => !text.includes(`"owner=${owner}"`)));

  return {
    dir,
    get journal() {
      return journal;
    },
    target: (options_) => createDnsUpdateTarget(options, { ...depsOf(), ...options_ }),
    reader: (options_) => createDnsUpdateReader(options, { ...depsOf(), ...options_ }),
    async rename() {
      name = 'renamed';
      journal = await store.journal(name);
    },
    async restart() {
      await store.close();
      store = await openStore(`${dir}/state`, { log });
      journal = await store.journal(name);
    },
    read,
    expected(services: ServiceSet) {
      const records = new Map(foreign);
      for (const [service, ports] of Object.entries(services)) {
        if (ports.length === 0) continue;
        records.set(`${service}.${zone} A`, '30 10.0.0.1');
        for (const port of ports) records.set(`${port}.${service}.${zone} A`, '30 10.0.0.1');
        const servers = ports.map((port) => `30 0 1 ${port} ${port}.${service}.${zone}.`);
        records.set(`_${service}._tcp.${service}.${zone} SRV`, servers.sort().join('\n'));
      }
      return records;
    },
    // A zone keeps no other trace of a write of equal content.
    marks: read,
    tempFiles: () => Promise.resolve([]),
    async addForeign() {
      foreign.set(`theirs.${zone} A`, '60 192.0.2.9');
      foreign.set(`other.${zone} A`, '60 192.0.2.9');
      foreign.set(
        `_rollcall.other.${zone} TXT`,
        '60 "heritage=rollcall" "owner=other" "types=A" "digest=0123456789abcdef"',
      );
      foreign.set(`web.${zone} MX`, '60 10 mail.example.com.');
      await dynamic.nsupdate(
        zone,
        [...foreign].map(([key, text]) => {
          const [itsName, type] = key.split(' ');
          const [ttl = '', ...data] = text.split(' ');
          return `update add ${itsName ?? ''}. ${ttl} ${type ?? ''} ${data.join(' ')}`;
        }),
      );
    },
    async meddle() {
      await dynamic.nsupdate(zone, [
        `update delete web.${zone}. A`,
        `update add web.${zone}. 30 A 10.0.0.9`,
        `update delete _api._tcp.api.${zone}. SRV`,
      ]);
    },
    async obstruct() {
      await dynamic.bind.kill();
      return () => dynamic.bind.restart();
    },
  };
}
