import type { Service } from '../../src/model/instance.js';
import { openStore, type Store } from '../../src/state/store.js';
import type { CompiledTemplate } from '../../src/targets/maker.js';
import { memoryMaker } from '../kinds/memory/maker.js';
import { openMemoryStore } from '../kinds/memory/store.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { noCluster } from '../support/no-cluster.js';
import { memoryDir } from '../support/temp.js';
import type { ServiceSet, World } from './target.js';

let worlds = 0;

const linesOf = ({ name, instances }: Service): string =>
  instances.map(({ host, port }) => `${name} ${host}:${port}\n`).join('');

const templates: readonly CompiledTemplate[] = [
  { template: { render: ({ services }) => ({ text: services.map(linesOf).join(''), rejected: [] }) } },
  { template: { render: (_view, service) => ({ text: service ? linesOf(service) : '', rejected: [] }) } },
];

/** One text with all services, and one text for each service. */
export async function makeMemoryWorld(): Promise<World> {
  const dir = await memoryDir();
  const log = memoryLog();
  const texts = { all: { template: '-' }, each: { template: '-', forEach: 'service' as const } };
  const options = { store: `world-${++worlds}`, texts };
  const memory = openMemoryStore(options.store);
  let name = 'world';
  let store: Store = await openStore(`${dir}/state`, { log });
  let journal = await store.journal(name);
  const foreign = new Map<string, string>();
  const depsFor = (secret: boolean) => ({
    ...{ target: name, journal, scratch: store.scratch(name), templates, secret, clock: realClock, log },
    connect: () => {
      throw new TypeError('this kind asks for no etcd');
    },
    cluster: noCluster,
  });

  return {
    dir,
    get journal() {
      return journal;
    },
    target: ({ secret = false, ...more } = {}) => memoryMaker.createTarget(options, { ...depsFor(secret), ...more }),
    reader: ({ secret = false } = {}) => memoryMaker.createReader(options, depsFor(secret)),
    async rename() {
      name = 'renamed';
      journal = await store.journal(name);
    },
    async restart() {
      await store.close();
      store = await openStore(`${dir}/state`, { log });
      journal = await store.journal(name);
    },
    read: () => Promise.resolve(new Map(memory.texts)),
    expected(services: ServiceSet) {
      const lines = (service: string): string =>
        (services[service] ?? []).map((port) => `${service} 10.0.0.1:${port}\n`).join('');
      const names = Object.keys(services).sort();
      return new Map([
        ...foreign,
        ['all', names.map(lines).join('')],
        ...names.map((service) => [`each/${service}`, lines(service)] as const),
      ]);
    },
    marks: () => Promise.resolve(new Map([...memory.texts.keys()].map((key) => [key, `${memory.versions.get(key)}`]))),
    tempFiles: () => Promise.resolve([]),
    addForeign() {
      foreign.set('each/theirs', 'not ours\n');
      memory.write('each/theirs', 'not ours\n');
      return Promise.resolve();
    },
    meddle() {
      memory.write('all', 'edited\n');
      memory.write('each/web', null);
      return Promise.resolve();
    },
    obstruct() {
      memory.broken = true;
      return Promise.resolve(() => {
        memory.broken = false;
        return Promise.resolve();
      });
    },
  };
}
