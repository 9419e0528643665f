import { ConfigError, type ConfigProblem } from '../../config/problem.js';
import type { Fixture } from '../../config/fixture.js';
import type { Config } from '../../config/schema.js';
import type { LocatedFileValue } from '../../config/read-yaml-file.js';
import type { Entry } from '../../model/entry.js';
import { baseOf, isBelow } from '../../model/key-prefix.js';
import type { Format, Fragment } from '../../model/format.js';
import type { Snapshot } from '../../model/snapshot.js';
import type { Log } from '../../ports/runtime.js';
import { createCatalogSource, prefixOf } from '../../catalog/source.js';

/** A fixture and its file. */
export interface LocatedFixture {
  readonly fixture: Fixture;
  /** The name of the file for messages. */
  readonly file: string;
  readonly locate: LocatedFileValue<unknown>['locate'];
}

type SourceConfig = Config['sources'][number];

/**
 * Makes the snapshot that etcd would give if it held the fixture. A key belongs to the sources whose prefix it has. Services
 * belong to the first source that is not raw: its filters apply to them too.
 *
 * @throws ConfigError `FIXTURE_INVALID` for keys and services that no source reads
 * @throws RollcallError `NOT_A_REGISTRY` when a source decodes none of its keys
 */
export function createFixtureSnapshot(
  { fixture, locate }: LocatedFixture,
  sources: readonly SourceConfig[],
  log: Log,
): Snapshot {
  const home = sources.find(({ format }) => format.name !== 'raw');
  const problems = [...problemsOfKeys(fixture, sources, locate), ...problemsOfServices(fixture, home, locate)];
  if (problems.length > 0) throw new ConfigError('FIXTURE_INVALID', problems, new Map());
  const snapshots = sources.map((source) => {
    const written = new Map(source === home ? fragmentsOf(fixture, baseOf(prefixOf(source))) : []);
    const keys = Object.entries(fixture.keys).filter(([key]) => isBelow(key, prefixOf(source)));
    const entries = keys.map(([key, value], index) => entryOf(key, value, index));
    // No earlier format decision is used, so that a fixture gives the same result on every machine.
    // A fixture has no leases, so none is required.
    const read = { ...source, requireLease: false };
    const { folding } = createCatalogSource(read, { get: () => undefined }, log, extendBy(written)).open(entries);
    const own = [...written.keys()].map((key, index) => entryOf(key, '', entries.length + index));
    return folding.apply({ kind: 'sync', revision: '1', clusterId: '0', entries: [...entries, ...own] });
  });
  return { sources: snapshots, stale: false };
}

/** An entry for a key of the fixture. Later entries have higher revisions. */
function entryOf(key: string, value: string | object, index: number): Entry {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const revision = String(index + 1);
  return { key, value: text, lease: '0', createRevision: revision, modRevision: revision };
}

function fragmentsOf({ services }: Fixture, base: string): [string, Fragment][] {
  return Object.entries(services).flatMap(([service, instances]) =>
    instances.map((instance): [string, Fragment] => [`${base}${service}/${instance.id}`, { ...instance, service }]),
  );
}

/** Extends a format: the given keys decode to the given fragments. */
function extendBy(written: ReadonlyMap<string, Fragment>): (format: Format) => Format {
  return (format) => ({
    ...format,
    decode(entry) {
      const fragment = written.get(entry.key);
      return fragment ? { fragments: [fragment] } : format.decode(entry);
    },
  });
}

function problemsOfKeys(
  { keys }: Fixture,
  sources: readonly SourceConfig[],
  locate: LocatedFixture['locate'],
): ConfigProblem[] {
  const prefixes = sources.map(prefixOf);
  const lost = Object.keys(keys).filter((key) => !prefixes.some((prefix) => isBelow(key, prefix)));
  const hint = `The prefixes of the sources are: ${prefixes.join(', ')}.`;
  return lost.map((key) => locate(['keys', key], 'no source reads this key', hint));
}

function problemsOfServices({ services }: Fixture, home: SourceConfig | undefined, locate: LocatedFixture['locate']) {
  if (home || Object.keys(services).length === 0) return [];
  return [locate(['services'], 'every source is raw, and a raw source reads no services', 'Write `keys` instead.')];
}
