import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFormat } from '../../src/formats/registry.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';
import type { Batch, Entry } from '../../src/model/entry.js';
import type { Instance } from '../../src/model/instance.js';
import { countReasons } from '../../src/model/left-out.js';
import type { SourceSnapshot } from '../../src/model/snapshot.js';
import { createFold } from '../../src/snapshot/fold.js';
import { createViewBuilder, type ViewSelection } from '../../src/snapshot/view-builder.js';

/** Two sources that share services, and two raw sources that share keys. */
const sources = [
  { source: 'a', prefix: '/s/', format: 'plain' },
  { source: 'b', prefix: '/t/', format: 'plain', select: { services: ['w*', 'api'] } },
  { source: 'r', prefix: '/c/', format: 'raw' },
  { source: 'q', prefix: '/c', format: 'raw' },
] as const;

const rules = [{ reason: 'odd port', has: ({ port }: Instance) => port % 2 === 1 }];
const selections: Partial<ViewSelection>[] = [
  {},
  { rules },
  { select: { services: ['web'] }, rules },
  { select: { services: ['w*'] }, expect: ['api', 'none'], rules },
  { select: { services: ['web', 'api', 'db'], zones: [''] }, expect: ['db'] },
  { sources: ['b', 'r'], expect: ['web'] },
  { sources: ['a'] },
];

const createViewer = (over: Partial<ViewSelection>) =>
  createViewBuilder({ target: 't', sources: undefined, expect: [], vars: {}, env: {}, ...over });

const service = fc.constantFrom('web', 'w1', 'w2', 'api', 'db', 'cache');
const address = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 80, max: 83 }));
const registration = fc.record({
  key: fc.tuple(service, fc.nat(3)).map(([name, id]) => `${name}/${id}`),
  value: fc.oneof(
    { weight: 5, arbitrary: address.map(([octet, port]) => `10.0.0.${octet}:${port}`) },
    fc.constantFrom('no port', '10.0.0.1:80,10.0.0.2:0', '10.0.0.1:80,10.0.0.1:80'),
  ),
});
const setting = fc.record({
  key: fc
    .array(fc.constantFrom('a', 'b', 'a-b', '', '10', '9', '__proto__'), { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('/')),
  value: fc.constantFrom('1', '2', '3'),
});

const step = fc.record({
  source: fc.nat(sources.length - 1),
  isList: fc.boolean(),
  puts: fc.array(registration, { maxLength: 6 }),
  settings: fc.array(setting, { maxLength: 6 }),
  removed: fc.array(fc.nat(20), { maxLength: 4 }),
  /** The builders that do not see this snapshot: a pass skips snapshots. */
  skipped: fc.nat(2 ** selections.length - 1),
  isRead: fc.boolean(),
});

const entry = (key: string, value: string, at: number): Entry => ({
  ...{ key, value, lease: '0' },
  ...{ createRevision: String(at), modRevision: String(at) },
});

/** Also the order of a tree's keys counts: templates write them in this order. */
const textOf = (value: unknown): string => JSON.stringify(value);

it('views and what they leave out equal those made anew, after any batches of several sources', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
      const folds = sources.map((options) => {
        const spec = resolveSpec(formatSchema.parse(options.format), 'plain');
        const format = createFormat(spec, { base: options.prefix });
        return { fold: createFold({ ...options, format }), keys: new Map<string, Entry>() };
      });
      const listed: (SourceSnapshot | undefined)[] = sources.map(() => undefined);
      const builders = selections.map(createViewer);
      const named = selections.map(() => [] as string[]);
      for (const [index, { source: at, isList, puts, settings, removed, skipped, isRead }] of steps.entries()) {
        const [world, options] = [folds[at], sources[at]];
        if (!world || !options) throw new Error('no source');
        const entries = (options.format === 'raw' ? settings : puts).map(({ key, value }) =>
          entry(`${options.prefix}${key}`, value, index + 1),
        );
        const present = [...world.keys.keys()];
        const gone = removed.flatMap((nth) => present[nth] ?? []);
        for (const key of gone) world.keys.delete(key);
        for (const one of entries) world.keys.set(one.key, one);
        const revision = String(index + 1);
        const batch: Batch =
          isList || !listed[at]
            ? { kind: 'sync', revision, clusterId: '1', entries: [...world.keys.values()] }
            : {
                ...{ kind: 'change', revision },
                events: [
                  ...gone.map((key) => ({ type: 'delete' as const, key })),
                  ...entries.map((one) => ({ type: 'put' as const, entry: one })),
                ],
              };
        listed[at] = world.fold.apply(batch);
        const snapshot = { sources: listed.flatMap((one) => one ?? []), stale: false };
        for (const [nth, builder] of builders.entries()) {
          if ((skipped >> nth) % 2 === 1) continue;
          const view = builder(snapshot);
          const fresh = createViewer(selections[nth] ?? {});
          expect(textOf(view)).toBe(textOf(fresh(snapshot)));
          expect(builder(snapshot)).toBe(view);
          if (!isRead) continue;
          const all = fresh.leftOut.list();
          expect(textOf(builder.leftOut.list())).toBe(textOf(all));
          expect(builder.leftOut.counts).toEqual(countReasons(all));
          expect(fresh.leftOut.counts).toEqual(countReasons(all));
          const names = all.map(({ instance: { key, host, port }, reason }) => textOf([key, host, port, reason]));
          const added = names.filter((name) => named[nth]?.includes(name) !== true);
          expect(builder.leftOut.takeAdded().total).toBe(added.length);
          named[nth] = names;
        }
      }
    }),
    { numRuns: 200 },
  );
});
