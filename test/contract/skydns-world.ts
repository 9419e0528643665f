import { createEtcd, type Etcd } from '../../src/etcd/client.js';
import { openStore, type Store } from '../../src/state/store.js';
import { createSkydnsReader } from '../../src/targets/skydns/reader.js';
import { createSkydnsTarget } from '../../src/targets/skydns/target.js';
import { realClock } from '../support/clock.js';
import type { EtcdServer } from '../support/etcd.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import type { ServiceSet, World } from './target.js';

const owner = 'world';
let worlds = 0;

export function connect(server: EtcdServer): Etcd {
  const options = { endpoints: [server.endpoint], callTimeout: 1000, dialTimeout: 500 };
  return createEtcd(options, { clock: realClock, random: Math.random });
}

/** Keys below their own prefix in an etcd that several worlds share. */
export async function makeSkydnsWorld(server: EtcdServer, etcd: Etcd, more: object = {}): Promise<World> {
  const dir = await memoryDir();
  const log = memoryLog();
  let store: Store = await openStore(`${dir}/state`, { log });
  let name = 'world';
  let journal = await store.journal(name);
  const prefix = `/skydns-${++worlds}`;
  const home = `${prefix}/com/example/svc/`;
  const options = { prefix, domain: 'svc.example.com', owner, ...more };
  const foreign = new Map<string, string>();

  const everything = async (): Promise<{ name: string; key: string; value: string; mark: string }[]> => {
    const { entries } = await etcd.range({ prefix: `${prefix}/` });
    return entries.map(({ key, value, modRevision }) => {
      const { host, port, owner: bearer } = JSON.parse(value) as { host: string; port: number; owner?: string };
      // Only the kind decides the last segment of a key.
      const label = bearer === owner ? `${key.slice(0, key.lastIndexOf('/'))} ${host}:${port}` : key;
      return { name: label, key, value, mark: modRevision };
    });
  };

  return {
    dir,
    get journal() {
      return journal;
    },
    target: (more) => createSkydnsTarget(options, { target: name, journal, etcd, log, ...more }),
    reader: (more) => createSkydnsReader(options, { journal, etcd, ...more }),
    async rename() {
      name = 'renamed';
      journal = await store.journal(name);
    },
    async restart() {
      await store.close();
      store = await openStore(`${dir}/state`, { log });
      journal = await store.journal(name);
    },
    async read() {
      return new Map((await everything()).map(({ name, value }) => [name, value]));
    },
    expected(services: ServiceSet) {
      const record = (name: string, port: number): [string, string] => [
        `${home}${name} 10.0.0.1:${port}`,
        JSON.stringify({ host: '10.0.0.1', port, weight: 1, owner }),
      ];
      return new Map([
        ...foreign,
        ...Object.entries(services).flatMap(([name, ports]) => ports.map((port) => record(name, port))),
      ]);
    },
    async marks() {
      return new Map((await everything()).map(({ name, mark }) => [name, mark]));
    },
    tempFiles: () => Promise.resolve([]),
    async addForeign() {
      foreign.set(`${home}web/theirs`, JSON.stringify({ host: '10.0.0.9', port: 80 }));
      foreign.set(`${home}other/theirs`, JSON.stringify({ host: '10.0.0.9', port: 80, owner: 'somebody' }));
      for (const [key, value] of foreign) await etcd.put(key, value);
    },
    async meddle() {
      const [first, second] = (await everything()).filter(({ key }) => key.startsWith(`${home}web/`));
      await etcd.put(first?.key ?? '', JSON.stringify({ host: '10.0.0.9', port: 1, owner }));
      await etcd.delete(second?.key ?? '');
    },
    async obstruct() {
      await server.kill();
      return () => server.start();
    },
  };
}
