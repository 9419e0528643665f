import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createController } from '../../src/controller/controller.js';
import type { ManagedTarget } from '../../src/controller/managed-target.js';
import type { InstanceFilter } from '../../src/model/filter.js';
import type { Service } from '../../src/model/instance.js';
import type { Snapshot, SourceSnapshot } from '../../src/model/snapshot.js';
import { SortedMap } from '../../src/model/sorted-map.js';
import { createViewBuilder } from '../../src/snapshot/view-builder.js';
import { instance } from '../model/instances.js';
import { createBoard, listed, memoryJournal } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

interface TargetOptions {
  readonly select?: InstanceFilter;
  readonly sources?: readonly string[];
}

function createTarget(name: string, { select, sources = ['a'] }: TargetOptions = {}) {
  const journal = memoryJournal();
  const board = createBoard(journal);
  board.desired = ({ services }) => ({
    text: services
      .map(
        (one) =>
          `${one.name}=${one.instances.map(({ port, source }) => (source === 'a' ? `${port}` : `${port}@${source}`)).join('+')}`,
      )
      .join(' '),
    quarantined: [],
  });
  const builder = createViewBuilder({
    ...{ target: name, sources, expect: [], vars: {}, env: {} },
    ...(select && { select }),
  });
  const view = vi.fn(builder);
  const managed: ManagedTarget = {
    ...{ name, sources, view, target: board, journal, minInterval: 0 },
    ...(builder.services && { services: builder.services }),
  };
  return { managed, board, view };
}

const service = (name: string, port: number, source: string): Service =>
  Object.freeze({ name, instances: [instance({ service: name, port, source })], expected: false });

const noPairs: SourceSnapshot['pairs'] = [];

/** A source whose services have these ports. */
function sourceOf(source: string, revision: number, services: ReadonlyMap<string, Service>): SourceSnapshot {
  return { ...listed(source, String(revision)), services, pairs: noPairs };
}

function start(targets: readonly ManagedTarget[], resyncInterval = 60_000) {
  const log = memoryLog();
  const passes: string[] = [];
  const controller = createController(targets, {
    ...{ clock: realClock, random: () => 0, log, resyncInterval },
    pause: () => Promise.resolve(),
    onOutcome: (target, { result }) => passes.push(`${target} ${result}`),
  });
  const lists = new Map<string, object>();
  const sources = new Map<string, SourceSnapshot>();
  let services = new Map<string, SortedMap<Service>>();
  let latest: Snapshot = { sources: [], stale: false };
  let revision = 0;
  let stale = false;
  void controller.run(new AbortController().signal);
  const publish = (source: string): Promise<unknown> => {
    revision += 1;
    const present = services.get(source) ?? SortedMap.from<Service>([]);
    sources.set(source, sourceOf(source, revision, present));
    latest = { sources: [...sources.values()], lists: new Map(lists), stale };
    controller.update(latest, realClock.now(), source);
    return settle();
  };
  const put = (source: string, ports: Readonly<Record<string, number | undefined>>): Promise<unknown> => {
    const before = services.get(source) ?? SortedMap.from<Service>([]);
    const changes = Object.entries(ports).map(([name, port]): [string, Service | undefined] => {
      const present = before.get(name);
      // As the fold does: what is put again unchanged stays the same object.
      if (present?.instances[0]?.port === port) return [name, present];
      return [name, port === undefined ? undefined : service(name, port, source)];
    });
    services = new Map(services).set(source, before.with(new Map(changes)));
    return publish(source);
  };
  return {
    ...{ controller, passes, put, log },
    list: (source: string, ports: Readonly<Record<string, number | undefined>>) => {
      lists.set(source, {});
      return put(source, ports);
    },
    latest: () => latest,
    /** The passes since the last call. */
    taken: () => passes.splice(0),
    setStale(next: boolean) {
      stale = next;
    },
  };
}

describe('a target that a change does not touch', () => {
  it('is not queued, and its view is not even asked when its select names other services', async () => {
    const [web, api, all] = [
      createTarget('web', { select: { services: ['web'] } }),
      createTarget('api', { select: { services: ['api'] } }),
      createTarget('all'),
    ];
    const world = start([web.managed, api.managed, all.managed]);
    await world.list('a', { web: 80, api: 81 });
    expect(world.taken().sort()).toEqual(['all changed', 'api changed', 'web changed']);
    const asked = api.view.mock.calls.length;
    await world.put('a', { web: 90 });
    expect(world.taken().sort()).toEqual(['all changed', 'web changed']);
    expect([web.board.text, api.board.text, api.view.mock.calls.length]).toEqual(['web=90', 'api=81', asked]);
  });

  it('is in step at the revision of the latest snapshot, without a pass', async () => {
    const [web, api] = [
      createTarget('web', { select: { services: ['web'] } }),
      createTarget('api', { select: { services: ['api'] } }),
    ];
    const { controller, ...world } = start([web.managed, api.managed]);
    expect(controller.inStepAt('web')).toBeUndefined();
    await world.list('a', { web: 80, api: 81 });
    await world.put('a', { web: 90 });
    expect(controller.outcomes.get('api')?.revision).toBe('a=1');
    expect([controller.inStepAt('api'), controller.inStepAt('web'), controller.inStepAt('none')]).toEqual([
      ...['a=2', 'a=2'],
      undefined,
    ]);
    let open = (): void => undefined;
    api.board.gate = new Promise((resolve) => (open = resolve));
    await world.put('a', { api: 91 });
    await world.put('a', { web: 99 });
    expect([controller.inStepAt('api'), controller.inStepAt('web')]).toEqual(['a=2', 'a=4']);
    open();
    await settle();
    expect(controller.inStepAt('api')).toBe('a=4');
    api.board.gate = undefined;
    api.board.trouble = new Error('disk full');
    await world.put('a', { api: 92 });
    expect(controller.inStepAt('api')).toBeUndefined();
  });

  it('is queued when its source is listed anew, with the same view', async () => {
    const { managed, board } = createTarget('web', { select: { services: ['web'] } });
    const world = start([managed]);
    await world.list('a', { web: 80 });
    const { observes } = board;
    world.taken();
    await world.list('a', {});
    expect([world.taken(), board.observes]).toEqual([['web in-step'], observes]);
  });

  it('is queued by each snapshot while it waits for a source, and when the last good snapshot gives way to etcd', async () => {
    const { managed } = createTarget('web', { select: { services: ['web'] }, sources: ['a', 'b'] });
    const world = start([managed]);
    await world.list('a', { web: 80 });
    await world.put('a', { api: 80 });
    expect(world.taken()).toEqual(['web waiting', 'web waiting']);
    world.setStale(true);
    await world.list('b', { web: 82 });
    await world.put('b', { api: 82 });
    expect(world.taken()).toEqual(['web changed']);
    world.setStale(false);
    await world.put('b', { api: 83 });
    expect(world.taken()).toEqual(['web in-step']);
  });

  it('is looked at by a pass when its view cannot be made: the others go on', async () => {
    const [bad, good] = [createTarget('bad'), createTarget('good')];
    const world = start([bad.managed, good.managed]);
    await world.list('a', { web: 80 });
    bad.view.mockImplementation(() => {
      throw new Error('a bug');
    });
    await world.put('a', { web: 81 });
    expect(good.board.text).toBe('web=81');
    expect(world.log.lines.some(({ message }) => message.startsWith('a pass broke off'))).toBe(true);
  });

  it('is exactly the one whose outputs a controller that recomputes everything leaves alone', async () => {
    const selects: TargetOptions[] = [
      {},
      { select: { services: ['web'] } },
      { select: { services: ['w*'] } },
      { select: { services: ['api', 'web'] }, sources: ['a', 'b'] },
      { sources: ['b'] },
    ];
    const step = fc.record({
      source: fc.constantFrom('a', 'b'),
      isList: fc.boolean(),
      ports: fc.dictionary(
        fc.constantFrom('web', 'w1', 'api', 'db'),
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const targets = selects.map((options, at) => createTarget(`t${at}`, options));
        const world = start(targets.map(({ managed }) => managed));
        await world.list('a', {});
        await world.list('b', {});
        world.taken();
        for (const { source, isList, ports } of steps) {
          const before = targets.map(({ board }) => board.text);
          await (isList ? world.list(source, ports) : world.put(source, ports));
          const wanted = targets.map(({ managed }) => {
            const fresh = createTarget(managed.name, selects[Number(managed.name.slice(1))]);
            return fresh.board.desired(fresh.managed.view(world.latest()));
          });
          expect(targets.map(({ board }) => board.text)).toEqual(wanted.map(({ text }) => text));
          const changed = targets
            .filter(({ board }, at) => board.text !== before[at])
            .map(({ managed }) => managed.name);
          const done = world.taken();
          expect(
            done
              .filter((line) => line.endsWith('changed'))
              .map((line) => line.split(' ')[0])
              .sort(),
          ).toEqual(changed);
          if (!isList) expect(done.every((line) => line.endsWith('changed'))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a resync', () => {
  const names = Array.from({ length: 6 }, (_, at) => `t${at}`);

  it('looks at each target once, one after the other', async () => {
    const targets = names.map((name) => createTarget(name));
    const world = start(targets.map(({ managed }) => managed));
    await world.list('a', { web: 80 });
    world.taken();
    let most = 0;
    let now = 0;
    for (const { board } of targets) {
      board.observe = async () => {
        most = Math.max(most, (now += 1));
        await Promise.resolve();
        now -= 1;
        return board.text;
      };
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect([world.taken(), most]).toEqual([names.map((name) => `${name} in-step`), 1]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.taken()).toHaveLength(6);
  });

  it('lets a change go first, and ends within the interval although a target hangs', async () => {
    const targets = names.map((name) => createTarget(name, { select: { services: [name] } }));
    const world = start(targets.map(({ managed }) => managed));
    await world.list('a', Object.fromEntries(names.map((name) => [name, 80])));
    world.taken();
    const [hangs] = targets;
    if (!hangs) throw new Error('no target');
    hangs.board.observe = () => new Promise(() => undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.taken()).toEqual([]);
    await world.put('a', { t5: 81 });
    expect(world.taken()).toEqual(['t5 changed']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(world.taken()).toEqual(['t1', 't2', 't3', 't4', 't5'].map((name) => `${name} in-step`));
  });
});
