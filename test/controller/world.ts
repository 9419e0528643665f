import { vi } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.js';
import { createHeldSource, type HeldSource } from '../../src/catalog/held-source.js';
import { createCatalogSource } from '../../src/catalog/source.js';
import { sourceSchema } from '../../src/config/source.js';
import { createController } from '../../src/controller/controller.js';
import type { ManagedTarget } from '../../src/controller/managed-target.js';
import type { TargetGuard } from '../../src/controller/target-guard.js';
import type { Batch, Entry } from '../../src/model/entry.js';
import type { Journal, Selection } from '../../src/ports/journal.js';
import { createViewBuilder } from '../../src/snapshot/view-builder.js';
import type { countingReload } from '../support/board.js';
import { createBoard, memoryJournal } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

export const settle = () => vi.advanceTimersByTimeAsync(0);
export const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

export const one: Selection = { sources: 'all', select: 'none' };

interface WorldOptions {
  /** Default: no guard. */
  readonly guard?: TargetGuard;
  readonly journal?: Journal;
  readonly after?: number;
  readonly selection?: Selection;
  readonly select?: { readonly services: readonly string[] };
  readonly expect?: readonly string[];
  /** Names of the sources. A source named `raw` has the format `raw`, one named `auto` decides its format, others are `plain`. */
  readonly sources?: readonly string[];
  readonly reload?: ReturnType<typeof countingReload>;
}

/** One process: the catalog and the controller over sources that the test feeds with batches. */
export function start(options: WorldOptions = {}) {
  const { journal = memoryJournal(), after = 600_000, selection = one, sources: names = ['services'] } = options;
  const log = memoryLog();
  const board = createBoard(journal);
  board.desired = ({ services, kv }) => {
    const names = services.filter(({ instances }) => instances.length > 0).map(({ name }) => name);
    return { text: [...names, ...kv.pairs.map(({ value }) => value)].join(' '), quarantined: [] };
  };
  const managed: ManagedTarget = {
    name: 'nginx',
    sources: names,
    view: createViewBuilder({
      ...{ target: 'nginx', sources: names, expect: options.expect ?? [], vars: {}, env: {} },
      ...(options.select && { select: { services: [...options.select.services] } }),
    }),
    ...(options.guard && { guard: options.guard }),
    empty: { after, selection },
    target: board,
    journal,
    ...(options.reload && { reload: options.reload }),
    minInterval: 0,
  };
  const controller = createController([managed], {
    ...{ clock: realClock, random: () => 0, log, resyncInterval: 60_000 },
    pause: () => Promise.resolve(),
  });
  const newSource = (name: string, prefix = `/${name}/`): HeldSource => {
    const format = name === 'raw' || name === 'auto' ? name : 'plain';
    const source = createCatalogSource(sourceSchema.parse({ name, prefix, format }), { get: () => undefined }, log);
    return createHeldSource(source, { clock: realClock, log });
  };
  const held = new Map(names.map((name) => [name, newSource(name)]));
  const catalog = createCatalog({
    ...{ clock: realClock, log, restored: () => [] },
    publish: (snapshot, at, source) => {
      controller.update(snapshot, at, source);
    },
  });
  catalog.use([...held.values()]);
  const stop = new AbortController();
  void controller.run(stop.signal);
  let revision = 10;
  const feed = (name: string, batch: Batch): Promise<unknown> => {
    held.get(name)?.sink.batch(batch);
    return settle();
  };
  const entry = (key: string, value: string): Entry => {
    const at = String(revision);
    return { key, value, lease: '0', createRevision: at, modRevision: at };
  };
  return {
    ...{ log, board, controller, journal },
    /** A complete list: values by key. */
    list: (keys: Readonly<Record<string, string>>, name = names[0] ?? '') => {
      revision += 1;
      const entries = Object.entries(keys).map(([key, value]) => entry(key, value));
      return feed(name, { kind: 'sync', revision: String(revision), clusterId: '7', entries });
    },
    put: (key: string, value: string, name = names[0] ?? '') => {
      revision += 1;
      return feed(name, {
        kind: 'change',
        revision: String(revision),
        events: [{ type: 'put', entry: entry(key, value) }],
      });
    },
    remove: (key: string, name = names[0] ?? '') => {
      revision += 1;
      return feed(name, { kind: 'change', revision: String(revision), events: [{ type: 'delete', key }] });
    },
    /** An edit of the config: the source is read again. */
    replaceSource: (name: string, prefix: string) => {
      held.set(name, newSource(name, prefix));
      catalog.use([...held.values()]);
      return settle();
    },
    result: () => controller.outcomes.get('nginx')?.result,
    warnings: (message: string) => log.lines.filter((line) => line.level === 'warn' && line.message.includes(message)),
    async end() {
      stop.abort();
      await settle();
    },
  };
}
