import type { Instance, Service } from '../model/instance.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';

/** The least length of a part, in characters: some tenths of a millisecond of work. */
const partLength = 32_768;
/** The number of items that become text at once. */
const batchSize = 64;

/**
 * A snapshot as one line of JSON, in parts: the whole text of a large snapshot would take much memory and delay other changes.
 * Instances are written without the fields of their service and source, and without fields that have their default.
 */
export function* snapshotParts({ sources }: Snapshot): Iterable<string> {
  let part = '';
  for (const text of listTexts(sources, sourceTexts)) {
    part += text;
    if (part.length < partLength) continue;
    yield part;
    part = '';
  }
  yield part;
}

function* sourceTexts({ services, pairs, rejected, ...head }: SourceSnapshot): Iterable<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"pairs":`;
  yield* plainTexts(pairs);
  yield ',"rejected":';
  yield* plainTexts(rejected);
  yield ',"services":';
  yield* listTexts(services.values(), serviceTexts);
  yield '}';
}

function* serviceTexts({ name, instances }: Service): Iterable<string> {
  yield `{"name":${JSON.stringify(name)},"instances":`;
  yield* plainTexts(instances, compactInstance);
  yield '}';
}

function* listTexts<T>(items: Iterable<T>, textsOf: (item: T) => Iterable<string>): Iterable<string> {
  let before = '[';
  for (const item of items) {
    yield before;
    yield* textsOf(item);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* plainTexts<T>(items: readonly T[], plain: (item: T) => unknown = (item) => item): Iterable<string> {
  yield '[';
  for (let at = 0; at < items.length; at += batchSize)
    yield `${at === 0 ? '' : ','}${JSON.stringify(items.slice(at, at + batchSize).map(plain)).slice(1, -1)}`;
  yield ']';
}

/** The object that the schema `instance` in `snapshot.ts` reads. Undefined fields are left out. */
export function compactInstance(instance: Instance): object {
  const { id, key, address, family, port, weight, scheme, zone, version, tags, metadata, status } = instance;
  const labels = Object.entries(metadata);
  return {
    id,
    key,
    address,
    family: family === 'ipv4' ? undefined : family,
    port,
    weight: weight === 1 ? undefined : weight,
    scheme: scheme === '' ? undefined : scheme,
    zone: zone === '' ? undefined : zone,
    version: version === '' ? undefined : version,
    tags: tags.length === 0 ? undefined : tags,
    metadata: labels.length === 0 ? undefined : labels,
    status: status === 'passing' ? undefined : status,
  };
}
