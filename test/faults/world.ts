import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { basename, join, relative } from 'node:path';
import type { TargetRecord } from '../../src/ports/journal.js';
import { openEnvelope } from '../../src/state/envelope.js';
import type { Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { askReady, askStatus, observe, scrapeInStep } from './observer.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { filesOf, readServiceSet, setOf, type Registration, type ServiceSet } from './service-set.js';

type Argv = readonly string[];

export interface WorldOptions {
  /** The config's `check`; `none`: without. Default: `nginx -t` in place. */
  readonly check?: 'none' | ((nginx: Argv, dir: string) => unknown);
  /** The config's `reload`. Default: `nginx -s reload`. */
  readonly reload?: (nginx: Argv, dir: string) => unknown;
  /** Names of templates in test/faults/templates. Default: `upstreams`, `locations` and, for each service, `only`. */
  readonly templates?: readonly Template[];
  /** The config's `inPlace` for all of them. */
  readonly inPlace?: boolean;
  /** Relative to the world's directory. Default: `state`. */
  readonly stateDir?: string;
}

export type Template = 'upstreams' | 'locations' | 'only' | 'alone';

/** An etcd, an nginx that answers which set its workers serve, and the config of a rollcall between them. */
export interface World {
  readonly dir: string;
  /** Where the outputs are. */
  readonly outputs: string;
  readonly config: string;
  readonly etcd: EtcdServer;
  readonly nginx: Nginx;
  put(service: string, id: string, registration: Registration): Promise<void>;
  remove(service: string, id: string): Promise<void>;
  /** The present contents of etcd. */
  newest(): Promise<ServiceSet>;
  /** The revision of the whole etcd, which changes at every write. */
  revision(): Promise<string>;
  /** Every output, by its path below `outputs`. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** The result of `read` when all outputs are those of this set. */
  expected(services: ServiceSet): ReadonlyMap<string, string>;
  /** Temporary files and backups, beside the outputs and in the stateDir. */
  tempFiles(): Promise<readonly string[]>;
  /** The journal as it is on disk. */
  journal(): Promise<TargetRecord>;
  /** How often nginx has begun to read its configuration again. */
  reloads(): Promise<number>;
  /**
   * Resolves when nginx serves exactly this set, the outputs, the journal and the directories are those of a finished change, and the process
   * says so: in its status and by `/readyz`.
   */
  inStep(services: ServiceSet, rollcall: Running): Promise<void>;
  /** The same for a set that is not the newest: the process says that it is not in step, and why. */
  keeps(services: ServiceSet, rollcall: Running, why: string): Promise<void>;
  /** The socket of the running process's admin server. */
  readonly socket: string;
  /** Does what the process cannot know of at once, such as a change of the outputs by somebody else. `act` waits until the process has noticed. */
  unobserved<T>(act: () => Promise<T>): Promise<T>;
  /** Removes all outputs and the state, as before the first start. */
  forget(): Promise<void>;
  /** Ends the servers. @throws Error when a running process has said that it is in step while it was not */
  stop(): Promise<void>;
}

const templates = join(import.meta.dirname, 'templates');
const places: Record<Template, object> = {
  upstreams: { path: './conf/upstreams.conf' },
  locations: { path: './conf/locations.conf' },
  only: { path: './conf/only/{{service.name}}.conf', forEach: 'service' },
  alone: { path: './conf/locations-alone.conf' },
};

const testNginx = (nginx: Argv): Argv => [...nginx, '-t'];
const reloadNginx = (nginx: Argv): object => ({ command: [...nginx, '-s', 'reload'], minInterval: '100ms' });

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dir = await tempDir('rollcall-faults-');
  const outputs = join(dir, 'conf');
  await mkdir(join(outputs, 'only'), { recursive: true });
  const used = options.templates ?? ['upstreams', 'locations', 'only'];
  const [etcd, nginx] = await Promise.all([startEtcd(), startNginx({ conf: (port) => httpBlock(outputs, port) })]);
  const config = join(dir, 'rollcall.json');
  const { check = testNginx, reload = reloadNginx } = options;
  const stateDir = options.stateDir ?? 'state';
  await writeFile(
    config,
    JSON.stringify({
      etcd: { endpoints: [etcd.endpoint] },
      stateDir: `./${stateDir}`,
      sources: [{ name: 'services', prefix: '/services/', format: 'json' }],
      targets: [
        {
          // Each set is served as it is, also when it has lost most of its instances.
          guard: 'off',
          name: 'nginx',
          files: used.map((name) => ({
            ...places[name],
            template: join(templates, `${name}.hbs`),
            dialect: 'nginx',
            ...(options.inPlace === true && { inPlace: true }),
          })),
          ...(check !== 'none' && { check: check(nginx.command, dir) }),
          reload: reload(nginx.command, dir),
        },
      ],
    }),
  );

  const world: World = {
    socket: join(dir, stateDir, 'admin.sock'),
    dir,
    outputs,
    config,
    etcd,
    nginx,
    put: (service, id, registration) => putKey(etcd, `/services/${service}/${id}`, registration),
    remove: (service, id) => deleteKey(etcd, `/services/${service}/${id}`),
    newest: () => readServiceSet(etcd),
    async revision() {
      const { header } = (await etcd.api('kv/range', { key: 'AA==' })) as { header: { revision: string } };
      return header.revision;
    },
    async read() {
      const paths = (await filesBelow(outputs)).filter((path) => path.endsWith('.conf'));
      return new Map(
        await Promise.all(paths.map(async (path) => [relative(outputs, path), await readFile(path, 'utf8')] as const)),
      );
    },
    expected: (services) => filesOf(services, used),
    async tempFiles() {
      return [...(await filesBelow(outputs)), ...(await filesBelow(join(dir, stateDir, 'scratch')))].filter(isTempFile);
    },
    async journal() {
      const envelope = openEnvelope(
        { kind: 'journal', version: 2 },
        await readFile(join(dir, stateDir, 'journals', 'nginx'), 'utf8'),
      );
      if ('problem' in envelope) throw new Error(`the journal cannot be trusted: ${envelope.problem}`);
      return envelope.body as TargetRecord;
    },
    async reloads() {
      return ((await nginx.log()).match(/: reconfiguring$/gm) ?? []).length;
    },
    inStep: (services, rollcall) => untilServed(services, rollcall, undefined),
    keeps: (services, rollcall, why) => untilServed(services, rollcall, why),
    unobserved: (act) => observer.pause(act),
    async forget() {
      await Promise.all([outputs, join(dir, stateDir)].map((path) => rm(path, { recursive: true, force: true })));
      await mkdir(outputs);
    },
    async stop() {
      await observer.stop();
      await Promise.all([etcd.stop(), nginx.stop()]);
      equal('what the process said while it was not so', observer.lies, []);
    },
  };
  const observer = observe(world);

  async function untilServed(services: ServiceSet, rollcall: Running, why: string | undefined): Promise<void> {
    let over = false;
    void rollcall.ended.then(() => (over = true));
    const look = async (): Promise<true> => {
      if (!over) await expectServed(world, services);
      await expectSaid(world.socket, why);
      return true;
    };
    const problem = await until(look, { deadline: 15_000, every: 20, what: 'nginx serving the newest set' }).then(
      () => (over ? 'it has ended' : undefined),
      (error: unknown) => String(error),
    );
    if (problem !== undefined) throw new Error(`${problem}\nIts log:\n${rollcall.stderr()}`);
  }
  return world;
}

/** @throws Error that names the first difference from a finished change. */
async function expectServed(world: World, services: ServiceSet): Promise<void> {
  const expected = world.expected(services);
  const found = await world.read();
  equal('the outputs', [...found.keys()].sort(), [...expected.keys()].sort());
  for (const [path, content] of expected) equal(path, found.get(path), content);
  equal('what nginx serves', await ask(world.nginx.port, '/set'), setOf(services));
  // An old worker also answers until it has ended.
  equal('the number of its workers', (await world.nginx.workers()).length, 1);
  for (const [service, members] of services) {
    if (!expected.has(`only/${service}.conf`)) continue;
    const served = await ask(world.nginx.port, `/only/${service}`);
    equal(`what nginx serves of ${service}`, served, setOf(new Map([[service, members]])));
  }
  const { step, reloadPending } = await world.journal();
  equal(
    'the journal',
    { reloadPending, halfWay: ['staged', 'swapped'].includes(step) },
    { reloadPending: false, halfWay: false },
  );
  equal('temporary files', await world.tempFiles(), []);
}

/** @throws Error when the process says something else of itself */
async function expectSaid(socket: string, why: string | undefined): Promise<void> {
  const status = await askStatus(socket);
  const said = status?.targets[0]?.notInStep;
  equal('its metric', await scrapeInStep(socket), why === undefined ? '1' : '0');
  if (why !== undefined && said?.startsWith(why)) return;
  equal('what it says', { inStep: status?.inStep, said }, { inStep: why === undefined, said: why });
  equal('its readiness', await askReady(socket), 200);
}

function equal(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, expected: ${b}`);
}

/** The body of a 200, or the status of another answer. On a connection of its own: an old worker must not answer for a new one. */
export function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, timeout: 2000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        resolve(response.statusCode === 200 ? body : `status ${response.statusCode ?? 0}`);
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('nginx does not answer')));
    sent.on('error', reject).end();
  });
}

function httpBlock(outputs: string, port: number): string {
  return `
    include ${outputs}/upstreams*.conf;
    server {
      listen 127.0.0.1:${port};
      include ${outputs}/locations*.conf;
      include ${outputs}/only/*.conf;
    }`;
}

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const isTempFile = (path: string): boolean => /^\.rollcall-(?!lock-)/.test(basename(path));
