import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { describeWith, needs } from '../support/binaries.js';
import { until } from '../support/poll.js';
import { startRollcall, type Running } from '../support/command.js';
import { at, setOf, type ServiceSet } from './service-set.js';
import { ask, startWorld, type World, type WorldOptions } from './world.js';

const crashing = join(import.meta.dirname, 'crashing.mjs');

/** One kind of change. It is made once for each of its steps, and the process is killed at that step. */
interface Case {
  readonly name: string;
  /** The config, if it differs from the usual one. */
  readonly options?: WorldOptions;
  /** True: there are neither outputs nor state before the change. */
  readonly fresh?: true;
  /** Writes the state of etcd before the change. `n` is different at each call, so that no set occurs twice. */
  before(world: World, n: number): Promise<void>;
  change(world: World, n: number): Promise<void>;
  /** True: the consumer's check refuses the change, so the set before it is the newest possible one. */
  readonly refused?: true;
  /** Steps that must be among those of the change. */
  readonly among: readonly string[];
}

const twoServices = async (world: World, n: number): Promise<void> => {
  await world.put('api', 'a', at(7000));
  await world.put('web', 'a', at(8000 + n));
  await world.put('web', 'b', at(9000));
};

const addInstance = (world: World, n: number): Promise<void> => world.put('web', 'c', at(10_000 + n));

const dropService = (world: World): Promise<void> => world.remove('api', 'a');

const checkScript = join(import.meta.dirname, 'check-staged.sh');

/** The check runs after the swap only, so that readers see what it refuses. */
const inPlace: WorldOptions['check'] = (nginx) => ({ command: [...nginx, '-t'], isolated: false });

/** A single file, checked before the swap. The check refuses a file that contains `refused`. */
const staged: WorldOptions = {
  templates: ['alone'],
  check: ([nginx = ''], dir) => [
    'sh',
    '-c',
    '! grep -q "^# refused" "$3" && exec sh "$@"',
    'sh',
    checkScript,
    join(dir, 'staged.conf'),
    '{staged}',
    nginx,
  ],
};

const cases: readonly Case[] = [
  {
    name: 'an update of three files',
    before: twoServices,
    change: addInstance,
    among: ['stage', 'stage:0', 'staged', 'swap:0', 'swap:2', 'swapped', 'check', 'checked', 'cleaned'],
  },
  {
    name: 'the first write ever',
    fresh: true,
    before: () => Promise.resolve(),
    change: twoServices,
    among: ['stage', 'stage:0', 'staged', 'swap:0', 'swap:3', 'swapped', 'check', 'checked', 'cleaned'],
  },
  {
    name: 'a change that the isolated check refuses',
    refused: true,
    before: async (world, n) => {
      await world.remove('web', 'c');
      await twoServices(world, n);
    },
    change: (world, n) => world.put('web', 'c', at(10_000 + n, 'bogus=1')),
    among: ['stage:0', 'check'],
  },
  {
    name: 'a change that the check in place refuses',
    options: { check: inPlace },
    refused: true,
    before: async (world, n) => {
      await world.remove('web', 'c');
      await twoServices(world, n);
    },
    change: (world, n) => world.put('web', 'c', at(10_000 + n, 'bogus=1')),
    among: ['swap:2', 'check', 'revert:2', 'revert:0', 'reverted'],
  },
  {
    name: 'the removal of a service and its file',
    before: twoServices,
    change: dropService,
    among: ['stage:0', 'staged', 'swap:2', 'swapped', 'check', 'checked', 'cleaned'],
  },
  {
    name: 'an update and a removal without a check',
    options: { check: 'none' },
    before: twoServices,
    change: async (world, n) => {
      await world.etcd.api('kv/txn', {
        success: [
          { request_delete_range: { key: Buffer.from('/services/api/a').toString('base64') } },
          {
            request_put: {
              key: Buffer.from('/services/web/c').toString('base64'),
              value: Buffer.from(JSON.stringify(at(10_000 + n))).toString('base64'),
            },
          },
        ],
      });
    },
    among: ['stage:0', 'staged', 'swap:3', 'swapped', 'checked', 'cleaned'],
  },
  {
    name: 'an update of one file that is checked before it is swapped in',
    options: staged,
    before: twoServices,
    change: addInstance,
    among: ['stage', 'stage:0', 'staged', 'check', 'swap:0', 'swapped', 'checked', 'cleaned'],
  },
  {
    name: 'a staged file that the check refuses',
    options: staged,
    refused: true,
    before: async (world, n) => {
      await world.remove('web', 'c');
      await twoServices(world, n);
    },
    change: (world, n) => world.put('web', 'c', at(10_000 + n, 'refused')),
    among: ['stage:0', 'check'],
  },
  {
    name: 'an update of files that are written in place',
    options: { inPlace: true, templates: ['upstreams', 'locations'] },
    before: twoServices,
    change: addInstance,
    among: ['stage', 'stage:0', 'staged', 'swap:0', 'swap:1', 'swapped', 'check', 'checked', 'cleaned'],
  },
  {
    name: 'files written in place that the check refuses',
    options: { check: inPlace, inPlace: true, templates: ['upstreams', 'locations'] },
    refused: true,
    before: async (world, n) => {
      await world.remove('web', 'c');
      await twoServices(world, n);
    },
    change: (world, n) => world.put('web', 'c', at(10_000 + n, 'bogus=1')),
    among: ['swap:1', 'check', 'revert:1', 'revert:0', 'reverted'],
  },
];

describeWith('nginx', 'kill -9 at a step of a change', () => {
  needs('etcd');
  let world: World;
  let n = 0;

  afterEach(async () => {
    await world.stop();
  });

  /** Runs until the process that makes the change dies at the step, and checks that every file is whole, old or new. */
  async function crashAt(step: string, old: ServiceSet, next: ServiceSet): Promise<void> {
    const victim = startRollcall([world.config, step], { script: crashing });
    const { signal, stdout } = await victim.ended;
    expect([signal, printed(stdout).at(-1)], victim.stderr()).toEqual(['SIGKILL', `step ${step}`]);
    const versions = [old.size === 0 ? new Map<string, string>() : world.expected(old), world.expected(next)];
    for (const path of new Set(versions.flatMap((files) => [...files.keys()]))) {
      const there = (await world.read()).get(path);
      expect(
        versions.map((files) => files.get(path)),
        `${path} at ${step}`,
      ).toContain(there);
    }
  }

  /** All steps of one change, as printed by a process that is not killed. */
  async function stepsOf(kind: Case): Promise<string[]> {
    const recorder = startRollcall([world.config], { script: crashing });
    const end = kind.refused ? 'outcome refused' : 'outcome reloaded';
    await until(() => printed(recorder.stdout()).includes(end), { deadline: 20_000, what: end });
    const { stdout } = await recorder.end('SIGKILL');
    const steps = printed(stdout).filter((line) => line.startsWith('step '));
    return [...new Set(steps.map((line) => line.slice('step '.length)))];
  }

  /** Prepares a change: it is in etcd, and rollcall has not made it yet. */
  async function prepare(kind: Case, running: Running | undefined): Promise<{ old: ServiceSet; next: ServiceSet }> {
    n += 1;
    await kind.before(world, n);
    const old = await world.newest();
    let before = running;
    if (!kind.fresh) {
      before ??= startRollcall(['run', '-c', world.config]);
      await world.inStep(old, before);
    }
    await before?.end('SIGKILL');
    if (kind.fresh) await world.forget();
    await kind.change(world, n);
    return { old: kind.fresh ? new Map() : old, next: await world.newest() };
  }

  async function restart(what: string, services: ServiceSet, gone: readonly string[]): Promise<Running> {
    const revision = await world.revision();
    const restarted = startRollcall(['run', '-c', world.config]);
    const isNewest = setOf(services) === setOf(await world.newest());
    const settled = isNewest ? world.inStep(services, restarted) : world.keeps(services, restarted, 'refused');
    await settled.catch((error: unknown) => {
      throw new Error(`after a kill at ${what}: ${String(error)}`, { cause: error });
    });
    for (const service of gone) expect(await ask(world.nginx.port, `/only/${service}`), what).toBe('status 404');
    expect(await world.revision(), 'etcd was not written to').toBe(revision);
    return restarted;
  }

  it.each(cases)('$name: old or new at every step, and the newest set after a restart', async (kind) => {
    world = await startWorld(kind.options);
    await prepare(kind, undefined);
    const steps = await stepsOf(kind);
    expect(steps).toEqual(expect.arrayContaining([...kind.among]));
    let running: Running | undefined;
    for (const step of steps) {
      const { old, next } = await prepare(kind, running);
      await crashAt(step, old, next);
      const gone = [...old.keys()].filter((name) => !next.has(name));
      running = await restart(step, kind.refused ? old : next, gone);
      if (kind.refused) {
        await until(async () => (await world.journal()).failed, { what: 'the refusal on record' });
      } else expect((await world.journal()).failed).toBeNull();
    }
    await running?.end('SIGKILL');
  });

  it.each([
    { name: 'back, because the check was unanswered', check: inPlace, among: ['revert:2', 'revert:0', 'reverted'] },
    { name: 'forward, without a check', check: 'none' as const, among: ['checked'] },
  ])('goes $name, and is killed at every step of that as well', async ({ check, among }) => {
    world = await startWorld({ check });
    const [update] = cases;
    if (!update) throw new Error('no case');
    const kind = update;
    const first = await prepare(kind, undefined);
    await crashAt('swapped', first.old, first.next);
    const all = await stepsOf(kind);
    const steps = all.includes('stage') ? all.slice(0, all.indexOf('stage')) : all;
    expect(steps).toEqual(expect.arrayContaining([...among]));
    let running: Running | undefined;
    for (const step of steps) {
      const { old, next } = await prepare(kind, running);
      await crashAt('swapped', old, next);
      await crashAt(step, old, next);
      running = await restart(`${step} after one at swapped`, next, []);
    }
    await running?.end('SIGKILL');
  });
});

const printed = (stdout: string): string[] => stdout.split('\n').slice(0, -1);
