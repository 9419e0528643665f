import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '../../src/model/instance.js';
import { openStore, type Store } from '../../src/state/store.js';
import { later, type Disks } from '../../src/targets/files/calls.js';
import { createFilesReader } from '../../src/targets/files/reader.js';
import { createFilesTarget } from '../../src/targets/files/target.js';
import type { FileSpec } from '../../src/targets/files/desired-file.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import { filesIn, isTemporary, marksOf, obstructDirectory } from './directories.js';
import type { ServiceSet, World } from './target.js';

const linesOf = ({ name, instances }: Service): string =>
  instances.map(({ host, port }) => `${name} ${host}:${port}\n`).join('');

/** Calls as on a remote file system, where each may wait. */
const farAway: Disks = { callsIn: () => Promise.resolve(later), areQuickIn: () => false };

export const makeFarWorld = (): Promise<World> => makeFilesWorld(farAway);

/** One file with all services, and one file for each service, in two directories. */
export async function makeFilesWorld(disks?: Disks): Promise<World> {
  const root = await memoryDir();
  const [dir, conf, fan, state] = ['work', 'conf', 'fan', 'state'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  await Promise.all([dir, conf].map((each) => mkdir(each)));
  const log = memoryLog();
  let name = 'world';
  let store: Store = await openStore(state, { log });
  let journal = await store.journal(name);
  const foreign = new Map<string, string>();

  const common = { mode: 0o644, owner: undefined, group: undefined, inPlace: false };
  const specs: FileSpec[] = [
    {
      ...common,
      path: join(conf, 'all'),
      template: { render: ({ services }) => ({ text: services.map(linesOf).join(''), rejected: [] }) },
    },
    {
      ...common,
      path: join(fan, '{{service.name}}'),
      fanOut: {
        directory: fan,
        path: { render: (_view, service) => ({ text: join(fan, service?.name ?? ''), rejected: [] }) },
      },
      template: { render: (_view, service) => ({ text: service ? linesOf(service) : '', rejected: [] }) },
    },
  ];

  const depsOf = () => ({ target: name, journal, scratch: store.scratch(name), log, clock: realClock, disks });

  const everything = async (): Promise<string[]> => [...(await filesIn(conf)), ...(await filesIn(fan))];
  const outputs = async (): Promise<string[]> => (await everything()).filter((path) => !isTemporary(path));

  return {
    dir,
    get journal() {
      return journal;
    },
    target: (options) => createFilesTarget(specs, { ...depsOf(), ...options }),
    reader: (options) => createFilesReader(specs, { ...depsOf(), ...options }),
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
      return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')] as const)));
    },
    expected(services: ServiceSet) {
      const names = Object.keys(services).sort();
      const lines = (name: string): string =>
        (services[name] ?? []).map((port) => `${name} 10.0.0.1:${port}\n`).join('');
      return new Map([
        ...foreign,
        [join(conf, 'all'), names.map(lines).join('')],
        ...names.map((name) => [join(fan, name), lines(name)] as const),
      ]);
    },
    marks: async () => marksOf(await outputs()),
    async tempFiles() {
      const scratch = await filesIn(store.scratch(name));
      return [...(await everything()), ...scratch].filter(isTemporary);
    },
    async addForeign() {
      await mkdir(fan, { recursive: true });
      for (const path of [join(conf, 'theirs'), join(fan, 'theirs')]) {
        foreign.set(path, 'not ours\n');
        await writeFile(path, 'not ours\n');
      }
    },
    async meddle() {
      await writeFile(join(conf, 'all'), 'edited\n');
      await rm(join(fan, 'web'));
    },
    async removeUnknown() {
      await rm(fan, { recursive: true });
    },
    obstruct: () =>
      obstructDirectory(fan, { root, own: [state, join(state, 'journals'), join(state, 'scratch'), conf] }),
  };
}
