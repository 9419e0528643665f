import { createFormat } from '../../src/formats/registry.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';
import { createCauses } from '../../src/guard/causes.js';
import type { GuardedView } from '../../src/guard/compose.js';
import { createGuard, type Verdict } from '../../src/guard/guard.js';
import type { Hold } from '../../src/guard/hold.js';
import type { GuardPolicy } from '../../src/guard/policy.js';
import { reviveGuardState, type GuardState } from '../../src/guard/state.js';
import type { Entry } from '../../src/model/entry.js';
import { compileFilter, type InstanceFilter } from '../../src/model/filter.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { View } from '../../src/model/view.js';
import { createFold, type Fold } from '../../src/snapshot/fold.js';
import { createViewBuilder, type ViewBuilder } from '../../src/snapshot/view-builder.js';

export const policy: GuardPolicy = { maxDropPercent: 50, window: 30_000, holdFor: 600_000, minInstances: 0 };

export interface WorldSource {
  readonly name: string;
  readonly prefix: string;
  readonly format?: 'json' | 'raw' | 'plain';
}

export interface WorldTarget {
  readonly sources?: readonly string[];
  readonly select?: InstanceFilter;
  readonly expect?: readonly string[];
}

/** What a registration says besides its address. */
type Fields = Readonly<Record<string, unknown>>;

/** A store, its sources, one target and its guard. The clock moves only by `pass` and `wait`. */
export interface World {
  put(key: string, value: string): void;
  /** Registers `10.0.0.N:80` below `/services/SERVICE/`. */
  add(service: string, numbers: readonly number[], over?: Fields): void;
  remove(service: string, numbers: readonly number[]): void;
  /** Deletes every key that begins with this text. */
  wipe(prefix?: string): void;
  /** The next pass sees a complete list, not the events. */
  relist(): void;
  /** Edits the config of the sources: each is listed again. */
  useSources(sources: readonly WorldSource[]): void;
  useTarget(target: WorldTarget): void;
  usePolicy(policy: GuardPolicy | undefined): void;
  wait(ms: number): void;
  /** The wall clock is set, by so many milliseconds. */
  stepWall(ms: number): void;
  /** One pass over the target, after so many milliseconds. `isAccepted: false`: the outputs do not follow, as after a failure. */
  pass(options?: { readonly isAccepted?: boolean; readonly after?: number }): Verdict;
  /** Passes until the guard asks for no other one, at the times that it asks for. */
  drain(): void;
  release(service?: string): number;
  /** The process ends and begins again `downFor` milliseconds later. The state goes through JSON; the first list follows. */
  restart(downFor?: number, options?: { readonly era?: string; readonly isSecret?: (source: string) => boolean }): void;
  /** The same after a kill: the state is that of the last pass that asked to save it. */
  kill(downFor?: number): void;
  /** Replaces the guard by one that is made from its state, as JSON, at the same moment. */
  reload(): void;
  state(): GuardState;
  readonly selection: View;
  readonly now: number;
  readonly accepted: GuardedView | undefined;
  readonly holds: readonly Hold[];
  /** `web: 1 2 3!`: the last parts of the addresses; a held one has a mark. */
  shown(service: string): string;
  /** `KEY=VALUE`, a held one with a mark. */
  shownPairs(): string[];
}

const servicesSource: WorldSource = { name: 'services', prefix: '/services/' };

export function createWorld(
  start: {
    readonly sources?: readonly WorldSource[];
    readonly target?: WorldTarget;
    readonly policy?: GuardPolicy | undefined;
    readonly era?: string;
    /** Every pass gets copies of the services, so that the guard cannot tell by identity what has changed. */
    readonly isCopying?: boolean;
    /** Every pass gets a copy of the policy, so that the guard judges everything in full. */
    readonly isInFull?: boolean;
  } = {},
): World {
  const store = new Map<string, Entry>();
  let sources = start.sources ?? [servicesSource];
  let target = start.target ?? {};
  let guardPolicy = 'policy' in start ? start.policy : policy;
  let era = start.era ?? '';
  let revision = 0;
  let [now, wall] = [1_000, 1_700_000_000_000];
  let events = new Map<string, Entry | undefined>();
  let folds = new Map<string, Fold>();
  let lists = new Map<string, object>();
  let isListed = false;
  let build: ViewBuilder;
  let guard = createGuard();
  let accepted: GuardedView | undefined;
  let listsBefore: Snapshot['lists'];
  let verdict: Verdict | undefined;
  let selection: View;
  let latest: Snapshot = { sources: [], stale: true };
  /** The state on disk. */
  let onDisk: string | undefined;

  const sourceNames = (): readonly string[] => target.sources ?? sources.map(({ name }) => name);
  const makeBuilder = (): ViewBuilder =>
    createViewBuilder({
      ...{ target: 'proxy', sources: target.sources, expect: target.expect ?? [], vars: {}, env: {} },
      ...(target.select && { select: target.select }),
    });
  const openFolds = (): void => {
    folds = new Map(
      sources.map(({ name, prefix, format = 'json' }) => [
        name,
        createFold({
          ...{ source: name, prefix },
          format: createFormat(resolveSpec(formatSchema.parse(format), 'json'), { base: prefix }),
        }),
      ]),
    );
    isListed = false;
  };
  const snapshotNow = (): Snapshot => {
    const current = sources.map(({ name, prefix }) => {
      const fold = folds.get(name);
      if (!fold) throw new Error(`no source ${name}`);
      const changes = [...events].filter(([key]) => key.startsWith(prefix));
      if (isListed) {
        const batch = changes.map(([key, entry]) =>
          entry ? { type: 'put' as const, entry } : { type: 'delete' as const, key },
        );
        return fold.apply({ kind: 'change', revision: String(revision), events: batch });
      }
      lists = new Map(lists).set(name, {});
      const entries = [...store.values()].filter(({ key }) => key.startsWith(prefix));
      return fold.apply({ kind: 'sync', revision: String(revision), clusterId: '1', entries });
    });
    isListed = true;
    events = new Map();
    latest = { sources: current, lists, stale: false };
    return latest;
  };
  const select = (snapshot: Snapshot): GuardedView => {
    selection = build(snapshot);
    if (start.isCopying) {
      const services = selection.services.map((service) => ({ ...service, instances: [...service.instances] }));
      selection = { ...selection, services };
    }
    const names = sourceNames();
    return {
      view: selection,
      raw: snapshot.sources.filter(({ source, format }) => format === 'raw' && names.includes(source)),
    };
  };
  const shift = (ms: number): void => {
    now += ms;
    wall += ms;
  };
  const moment = () => ({ now, wall, era });

  const begin = (
    saved: string | undefined,
    downFor = 0,
    { era: next = era, isSecret }: Parameters<World['restart']>[1] = {},
  ): void => {
    // The last good snapshot does not have what is secret.
    const disk = { sources: latest.sources.filter(({ source }) => isSecret?.(source) !== true), stale: true };
    shift(downFor);
    if (next === '' || next !== era) now = 50;
    era = next;
    guard = createGuard(saved === undefined ? undefined : reviveGuardState(JSON.parse(saved)), moment());
    build = makeBuilder();
    accepted = accepted && select(disk);
    listsBefore = undefined;
    openFolds();
    build = makeBuilder();
  };

  build = makeBuilder();
  openFolds();

  const world: World = {
    put(key, value) {
      revision += 1;
      const createRevision = store.get(key)?.createRevision ?? String(revision);
      const entry = { key, value, lease: '7', createRevision, modRevision: String(revision) };
      store.set(key, entry);
      events.set(key, entry);
    },
    add(service, numbers, over = {}) {
      for (const number of numbers)
        world.put(
          `/services/${service}/${number}`,
          JSON.stringify({ address: `10.0.${number >> 8}.${number & 255}`, port: 80, ...over }),
        );
    },
    remove(service, numbers) {
      for (const number of numbers) world.wipe(`/services/${service}/${number}`);
    },
    wipe(prefix = '') {
      revision += 1;
      for (const key of [...store.keys()])
        if (key === prefix || (key.startsWith(prefix) && !/\d$/.test(prefix))) {
          store.delete(key);
          events.set(key, undefined);
        }
    },
    relist() {
      isListed = false;
    },
    useSources(next) {
      sources = next;
      lists = new Map();
      openFolds();
      build = makeBuilder();
    },
    useTarget(next) {
      target = next;
      build = makeBuilder();
    },
    usePolicy(next) {
      guardPolicy = next;
    },
    wait: shift,
    stepWall(ms) {
      wall += ms;
    },
    pass({ isAccepted = true, after = 1 } = {}) {
      shift(after);
      const snapshot = snapshotNow();
      const selects = compileFilter(target.select);
      const causes = createCauses({ snapshot, sources: sourceNames(), ...(selects && { selects }), listsBefore });
      const present = start.isInFull && guardPolicy ? { ...guardPolicy } : guardPolicy;
      verdict = guard.judge({ selection: select(snapshot), accepted, causes, policy: present, moment: moment() });
      if (verdict.mustSave) onDisk = JSON.stringify(guard.save(moment()));
      if (isAccepted) {
        accepted = verdict.guarded;
        listsBefore = snapshot.lists;
      }
      return verdict;
    },
    drain() {
      for (let wait = world.pass().againInMs; wait !== undefined; wait = world.pass().againInMs) shift(wait);
    },
    release: (service) => guard.release(service),
    kill(downFor) {
      begin(onDisk, downFor);
    },
    restart(downFor, options = {}) {
      begin(JSON.stringify(guard.save(moment(), options.isSecret)), downFor, options);
    },
    reload() {
      guard = createGuard(reviveGuardState(JSON.parse(JSON.stringify(guard.save(moment())))), moment());
    },
    get selection() {
      return selection;
    },
    state: () => guard.save(moment()),
    get now() {
      return now;
    },
    get accepted() {
      return accepted;
    },
    get holds() {
      return verdict?.holds ?? [];
    },
    shown(service) {
      const found = verdict?.guarded.view.services.find(({ name }) => name === service);
      if (!found) return 'gone';
      return found.instances
        .map(({ address, held }) => `${address.split('.').slice(3).join('.')}${held ? '!' : ''}`)
        .join(' ');
    },
    shownPairs() {
      const held = new Set(verdict?.holds.flatMap((hold) => (hold.kind === 'pair' ? [hold.pair.key] : [])));
      const pairs = verdict?.guarded.view.kv.pairs ?? [];
      return pairs.map(({ key, value }) => `${key}=${value}${held.has(key) ? '!' : ''}`);
    },
  };
  return world;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
