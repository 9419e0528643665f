import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore, type Store } from '../../src/state/store.js';
import { createFilesReader } from '../../src/targets/files/reader.js';
import { zoneFileSchema } from '../../src/targets/zone-file/schema.js';
import { createZoneFileTarget } from '../../src/targets/zone-file/target.js';
import { createZones } from '../../src/targets/zone-file/zones.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import { filesIn, isTemporary, marksOf, obstructDirectory } from './directories.js';
import type { ServiceSet, World } from './target.js';

const zone = 'svc.example.com';
const four = '0.0.10.in-addr.arpa';
const six = '8.b.d.0.1.0.0.2.ip6.arpa';

/** The head of a zone (RFC 1035). The target counts the serial when it writes. */
const head = (name: string): string => `; rollcall writes this file and replaces every other change.
$ORIGIN ${name}.
$TTL 30
@ IN SOA ns1.example.com. hostmaster.${zone}. (
    SERIAL ; serial
    300 ; refresh
    30 ; retry
    604800 ; expire
    5 ) ; for how long an absence is cached
@ IN NS ns1.example.com.
`;

const plain = (text: string): string => text.replace(/\d+ ; serial$/m, 'SERIAL ; serial');

/** A zone and two reverse zones, one of which has no address of the suite. */
export async function makeZoneFileWorld(): Promise<World> {
  const root = await memoryDir();
  const [dir, conf, state] = ['work', 'conf', 'state'].map((name) => join(root, name)) as [string, string, string];
  await Promise.all([dir, conf].map((each) => mkdir(each)));
  const log = memoryLog();
  let name = 'world';
  let store: Store = await openStore(state, { log });
  let journal = await store.journal(name);
  const foreign = new Map<string, string>();
  const [forward, reverse, empty] = ['zone', 'four', 'six'].map((each) => join(conf, each)) as [string, string, string];
  const options = zoneFileSchema.parse({
    ...{ path: forward, zone, ns: ['ns1.example.com'], server: '127.0.0.1:1', mode: '0644' },
    reverse: [
      { zone: four, path: reverse },
      { zone: six, path: empty },
    ],
  });

  const depsOf = () => ({ target: name, journal, scratch: store.scratch(name), log, clock: realClock });
  const outputs = async (): Promise<string[]> => (await filesIn(conf)).filter((path) => !isTemporary(path));

  return {
    dir,
    get journal() {
      return journal;
    },
    target: (more) => createZoneFileTarget(options, { ...depsOf(), ...more }),
    reader: (more) => createFilesReader(createZones(options, more?.secret === true).specs, { ...depsOf(), ...more }),
    async rename() {
      name = 'renamed';
      journal = await store.journal(name);
    },
    async restart() {
      await store.close();
      store = await openStore(state, { log });
      journal = await store.journal(name);
    },
    async read() {
      const paths = await outputs();
      const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
      return new Map(paths.map((path, at) => [path, plain(texts[at] ?? '')]));
    },
    plain,
    expected(services: ServiceSet) {
      const live = Object.entries(services)
        .filter(([, ports]) => ports.length > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([service, ports]) => [service, [...ports].sort((a, b) => a - b)] as const);
      const records = ([service, ports]: (typeof live)[number]): string =>
        [
          `\n; ${service}`,
          ...ports.map((port) => `${port}.${service}.${zone}. 30 IN A 10.0.0.1`),
          ...ports.map(
            (port) => `_${service}._tcp.${service}.${zone}. 30 IN SRV 0 1 ${port} ${port}.${service}.${zone}.`,
          ),
          `${service}.${zone}. 30 IN A 10.0.0.1\n`,
        ].join('\n');
      const pointers = ([service, ports]: (typeof live)[number]): string =>
        [
          `\n; ${service}`,
          ...ports.map((port) => `1.0.0.10.in-addr.arpa. 30 IN PTR ${port}.${service}.${zone}.`),
          '',
        ].join('\n');
      return new Map([
        ...foreign,
        [forward, head(zone) + live.map(records).join('')],
        [reverse, head(four) + live.map(pointers).join('')],
        [empty, head(six)],
      ]);
    },
    marks: async () => marksOf(await outputs()),
    async tempFiles() {
      const scratch = await filesIn(store.scratch(name));
      return [...(await filesIn(conf)), ...scratch].filter(isTemporary);
    },
    async addForeign() {
      foreign.set(join(conf, 'theirs'), head('other.example.com'));
      await writeFile(join(conf, 'theirs'), head('other.example.com'));
    },
    async meddle() {
      await writeFile(forward, 'edited\n');
      await rm(reverse);
    },
    obstruct: () => obstructDirectory(conf, { root, own: [state, join(state, 'journals'), join(state, 'scratch')] }),
  };
}
