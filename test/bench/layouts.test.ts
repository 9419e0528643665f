import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fanOut, manyTargets, oneService, singleFile, type Layout } from '../../bench/layouts.mjs';
import { keyOf, prefixesOf } from '../../bench/registrations.mjs';

const size = fc.integer({ min: 1, max: 400 });
const layouts = fc.oneof(
  fc.record({ instances: size, sources: fc.integer({ min: 1, max: 50 }) }).map(singleFile),
  fc.tuple(size, size).map(([services, own]) => oneService({ services, instances: services * own })),
  size.map((files) => fanOut({ files })),
  fc
    .tuple(size, size, fc.integer({ min: 1, max: 10 }))
    .map(([targets, more, own]) =>
      manyTargets({ targets, services: targets + more, instances: (targets + more) * own }),
    ),
);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The paths that a layout's targets write, with one path for each service of a fan-out. */
function pathsOf(layout: Layout): Set<string> {
  const services = Array.from({ length: layout.registrations.services }, (_, i) => serviceIn(layout, i));
  return new Set(
    layout
      .targets('/out')
      .flatMap(({ path }) =>
        path.includes('{{service.name}}') ? services.map((name) => path.replace('{{service.name}}', name)) : [path],
      ),
  );
}

function serviceIn(layout: Layout, i: number): string {
  return keyOf(i, layout.registrations).split('/').at(-2) ?? '';
}

describe('a layout', () => {
  it('changes an instance that is registered, and that a target writes', () => {
    fc.assert(
      fc.property(layouts, random, (layout, chance) => {
        const i = layout.pick(chance);
        expect(Number.isInteger(i) && i >= 0 && i < layout.registrations.instances).toBe(true);
        const file = layout.fileOf('/out', i);
        expect(pathsOf(layout)).toContain(file);
        const target = layout.targets('/out').find(({ path }) => path === file);
        if (target?.services) expect(target.services).toContain(serviceIn(layout, i));
      }),
    );
  });

  it('gives each instance a key of its own, below the prefix of one source', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { registrations } = layout;
        const keys = Array.from({ length: registrations.instances }, (_, i) => keyOf(i, registrations));
        expect(new Set(keys).size).toBe(registrations.instances);
        const prefixes = prefixesOf(registrations);
        for (const key of keys.slice(0, 100))
          expect(
            prefixes.filter((prefix) => key.startsWith(prefix) && key.slice(prefix.length).split('/').length === 2),
          ).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });

  it('has the same registrations for many files or targets as for one', () => {
    expect(oneService({ instances: 500, services: 500 }).registrations).toEqual(fanOut({ files: 500 }).registrations);
    const counts = { instances: 300, services: 30 };
    expect(oneService(counts).registrations).toEqual(manyTargets({ targets: 30, ...counts }).registrations);
  });
});
