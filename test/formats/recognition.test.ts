import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { autoOptions, detectFormat } from '../../src/formats/auto.js';
import { autoChoices, isAutoChoice, resolveChoice } from '../../src/formats/choice.js';
import type { AutoChoice } from '../../src/formats/choice.js';
import { createFormat } from '../../src/formats/registry.js';
import { formatSchema } from '../../src/formats/schema.js';
import type { FormatContext } from '../../src/formats/kind.js';
import type { Entry } from '../../src/model/entry.js';
import { createFold } from '../../src/snapshot/fold.js';
import type { Format } from '../../src/model/format.js';
import { encoders } from './encoders.js';
import { entry, makeFormat } from './entries.js';
import { patterns, samples, several, specOf } from './samples.js';

const options = autoOptions.parse({});
const detect = (entries: readonly Entry[], context: FormatContext = {}) => detectFormat(entries, options, context);

interface Group {
  /** The prefix of the source that reads the keys. */
  readonly prefix: string;
  readonly entries: Map<string, Entry>;
}
/** The keys of each framework below its commonest prefix. */
const groups = new Map<string, Group>();
for (const { format, prefix, pairs } of [
  ...samples.map(({ format, prefix, key, value }) => ({ format, prefix, pairs: [[key, value] as const] })),
  ...several,
]) {
  const own = samples.filter((it) => it.format === format).map((it) => it.prefix);
  const usual = own.toSorted((a, b) => own.filter((it) => it === b).length - own.filter((it) => it === a).length)[0];
  if (prefix !== (usual ?? prefix)) continue;
  const group = groups.get(format) ?? { prefix, entries: new Map<string, Entry>() };
  for (const [key, value] of pairs) if (!group.entries.has(key)) group.entries.set(key, entry(key, value));
  groups.set(format, group);
}
const keysOf = (name: string): Entry[] => [...(groups.get(name)?.entries.values() ?? [])];
const contextOf = (name: string): FormatContext => ({ base: groups.get(name)?.prefix ?? '', trustValue: true });

const read = (format: Format, entries: readonly Entry[]) => {
  const { services } = createFold({ source: 's', prefix: '/', format }).apply({
    kind: 'sync',
    revision: '1',
    clusterId: '1',
    entries,
  });
  return [...services.values()].flatMap(({ instances }) => instances);
};

/** The decision for frameworks that `auto` cannot recognise, and what the framework's own format would read in addition. */
const otherwise: Readonly<Record<string, { readonly as: AutoChoice | undefined; readonly lacks?: string }>> = {
  // One decoder reads them all: the last segment but one is the service.
  'go-kit': { as: 'plain' },
  registrator: { as: 'plain' },
  grpclb: { as: 'plain' },
  'spring-etcd': { as: 'plain' },
  'json-hostport': { as: 'json' },
  'spring-etcd-json': { as: 'json' },
  'json-addr': { as: 'json', lacks: 'its weight of 0 means that the writer set none' },
  // Except IPv6 addresses without brackets: plain cannot tell whether they end in a port.
  'go-zero': { as: 'plain' },
  // The service is in another segment, and only the source's own pattern can tell which.
  confd: { as: undefined },
  'plain-single': { as: undefined },
  // A value of digits can have any meaning.
  'grpclb-weight': { as: undefined },
  moleculer: { as: undefined },
};

describe('the format that auto decides on for the keys of a framework', () => {
  const names = [...groups.keys()].filter((name) => name !== 'noise');

  test.each(names)('%s', (name) => {
    const { as, lacks } = name in otherwise ? (otherwise[name] ?? {}) : { as: name };
    const detection = detect(keysOf(name), contextOf(name));
    if (as === undefined) {
      expect(detection).toMatchObject({ kind: 'undecided' });
      return;
    }
    expect(detection).toMatchObject({ kind: 'decided', format: as });
    const decided = read(createFormat(resolveChoice(as as AutoChoice, options), contextOf(name)), keysOf(name));
    const own = read(makeFormat(specOf(name), { ...contextOf(name), key: patterns[name] }), keysOf(name));
    expect(own.length).toBeGreaterThan(0);
    if (lacks === undefined) expect(decided).toEqual(own);
    else expect(decided, lacks).not.toEqual(own);
  });

  const alone = [...samples].filter(({ format, expect: expected }) => format !== 'noise' && expected !== null);
  test.each(alone)('$format by one key: $key', (sample) => {
    const { format, prefix, trustValue, key, value, expect: expected } = sample;
    const reachable = expected?.instances.some(({ port }) => port !== null) ?? false;
    const { as = format, lacks } = otherwise[format] ?? {};
    const detection = detect([entry(key, value)], { base: prefix, trustValue });
    if (detection.kind === 'decided') expect(detection.format).toBe(as);
    else if (reachable && lacks === undefined) expect(otherwise).toHaveProperty(format, { as: undefined });
  });

  test.each([...samples].filter(({ note }) => note.startsWith('[marker]')))(
    'a marker does not count: $format $key',
    ({ prefix, key, value }) => {
      const detection = detect([entry(key, value)], { base: prefix });
      expect(detection.votes).toMatchObject({ plain: 0, json: 0 });
      expect(detection.kind).not.toBe('decided');
    },
  );
});

describe('a prefix with several kinds of registrations', () => {
  const below = { base: '/services/' };
  const home = (id: number) => entry(`/services/web/${id}`, `{"host":"10.0.0.${id}","port":80}`);
  const kratos = (id: number) =>
    entry(`/services/pay/${id}`, `{"id":"${id}","name":"pay","endpoints":["grpc://10.0.1.${id}:90"]}`);
  const easegress = (id: number) =>
    entry(
      `/services/web/e${id}`,
      `{"registryName":"r","serviceName":"web","instanceID":"e${id}","address":"10.0.2.${id}","port":80,"weight":0}`,
    );

  test.each<[string, Entry[], string]>([
    ['most of them count', [kratos(1), kratos(2), home(1)], 'kratos'],
    ['the most frequent format wins, also without a framework', [kratos(1), home(1), home(2)], 'json'],
    [
      'in a tie of two formats, the framework wins',
      [kratos(1), home(1), entry('/services/web/p1', '10.0.0.1:80')],
      'kratos',
    ],
    ['of two frameworks the first in the list wins', [kratos(1), easegress(1)], 'kratos'],
    ['the more frequent framework wins', [kratos(1), easegress(1), easegress(2)], 'easegress'],
    ['what json could read too counts for its framework alone', [easegress(1), home(1)], 'easegress'],
  ])('%s', (_, entries, format) => {
    expect(detect(entries, below)).toMatchObject({ kind: 'decided', format });
    expect(detect(entries.toReversed(), below)).toMatchObject({ kind: 'decided', format });
  });

  it('counts invalid registrations that it can read', () => {
    const endpoint = (address: string) => entry('web/1', `{"Op":0,"Addr":"${address}","Metadata":null}`);
    expect(detect([endpoint('unix:///run/app.sock')])).toMatchObject({ format: 'grpc-endpoints' });
    expect(detect([entry('web/1', '{"Op":0,"Addr":"10.0.0.1:80","Metadata":null')])).toMatchObject({
      kind: 'undecided',
    });
  });

  it('reports how many keys voted for each format', () => {
    expect(detect([kratos(1), kratos(2), home(1), entry('/services/x/y', 'z')], below).votes).toEqual({
      kratos: 2,
      json: 1,
      plain: 0,
      neither: 1,
    });
  });
});

describe('the order of the keys', () => {
  const pool = [...groups.values()].flatMap((group) => [...group.entries.values()]);

  it('does not change the decision', () => {
    fc.assert(
      fc.property(
        fc
          .shuffledSubarray(pool)
          .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length }))),
        ([some, shuffled]) => {
          expect(detect(shuffled)).toEqual(detect(some));
        },
      ),
    );
  });

  const below = { base: '/services/' };

  it('does not change the decision of a sample, and a sample decides like all keys', () => {
    const values = ['10.0.0.1:80', '{"host":"10.0.0.1","port":80}', 'true'];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 7 }), fc.nat(), (pattern, turn) => {
        const entries = Array.from({ length: 2500 }, (_, at) =>
          entry(`/services/web/${at}`, values[pattern[at % pattern.length] ?? 0] ?? ''),
        );
        const cut = turn % entries.length;
        const turned = [...entries.slice(cut), ...entries.slice(0, cut)].reverse();
        expect(detect(turned, below)).toEqual(detect(entries, below));
        const shares = values.map((value) => entries.filter((it) => it.value === value).length);
        const [plain = 0, json = 0] = shares;
        if (plain + json > 0) expect(detect(entries, below)).toMatchObject({ format: plain > json ? 'plain' : 'json' });
      }),
      { numRuns: 30 },
    );
  });
});

test.each(Object.entries(encoders))('auto decides on %s for registrations of its writer', (name, registrations) => {
  fc.assert(
    fc.property(fc.array(registrations, { minLength: 1, maxLength: 5 }), (written) => {
      fc.pre(written.every(({ wanted }) => wanted.length > 0));
      const { as = name } = otherwise[name] ?? {};
      fc.pre(as !== 'plain' || written.every(({ value }) => value.split(':').length === 2));
      const entries = new Map(written.map(({ key, value }) => [key, entry(key, value)]));
      const [{ base, key } = { key: '' }] = written;
      const context = { base: base ?? (key.startsWith('/') ? '/' : '') };
      fc.pre(written.every((it) => it.base === base));
      // When no sign identifies the framework, a service is one segment.
      fc.pre(as !== 'plain' || written.every((it) => it.key.split('/').length === 2));
      expect(detect([...entries.values()], context)).toMatchObject({ kind: 'decided', format: as });
    }),
  );
});

it('decides without an error for any keys and values', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from('/a:0@_%3A2F{}[]"\\.,?=')) }),
    fc.json({ maxDepth: 2 }),
    fc.constantFrom(...samples.flatMap(({ key, value }) => [key, value])),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (pairs) => {
      expect(detect(pairs.map(([key, value]) => entry(key, value))).votes.neither).toBeLessThanOrEqual(pairs.length);
    }),
  );
});

it('is documented in the order in which ties are won', async () => {
  const page = await readFile(new URL('../../docs/formats.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('\n## `auto`');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (`.*?`) +\| [^|]+\|$/gm)].flatMap(
    ([, names = '']) => names.match(/[a-z0-9-]+/g) ?? [],
  );
  expect([...rows, 'json', 'plain']).toEqual(autoChoices);
});

describe('a format that auto decided on', () => {
  test.each(autoChoices)('%s has the options of its name alone', (choice) => {
    const settled = resolveChoice(choice, options);
    expect(JSON.parse(JSON.stringify(settled))).toEqual(JSON.parse(JSON.stringify(formatSchema.parse(choice))));
    expect(isAutoChoice(choice)).toBe(true);
  });

  it('receives the options that it has', () => {
    const given = autoOptions.parse({ defaultPort: 80 });
    expect(resolveChoice('grpc-endpoints', given)).toEqual({ name: 'grpc-endpoints', defaultPort: 80 });
    expect(resolveChoice('skydns', given)).toEqual({ name: 'skydns', defaultPort: 80 });
    expect(resolveChoice('kitex', given)).toEqual({ name: 'kitex' });
  });

  test.each([undefined, 'raw', 'constructor', 'of-tomorrow'])(
    'may come from another version and is then refused: %s',
    (name) => {
      expect(isAutoChoice(name)).toBe(false);
    },
  );
});
