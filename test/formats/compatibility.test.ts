import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { sourceSchema } from '../../src/config/source.js';
import { problemsOfKeys } from '../../src/formats/keys/settings.js';
import { layoutOf, formats, type FormatName } from '../../src/formats/registry.js';
import { isBelow } from '../../src/model/key-prefix.js';
import { createCatalogSource, prefixOf } from '../../src/catalog/source.js';
import { memoryLog } from '../support/log.js';
import { entry } from './entries.js';

const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ([^|]+?) +\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\|$/gm)].map(
  ([, writer = '', key = '', value = '', source = '', wanted = '']) => ({ writer, key, value, source, wanted }),
);

const sourceOf = (text: string) => sourceSchema.parse({ name: 's', ...(parse(text) as object) });

describe('the page on layouts of keys', () => {
  test.each(rows)('$writer: $key', ({ key, value, source: text, wanted }) => {
    const source = sourceOf(text);
    const { format, ...keys } = source;
    expect(problemsOfKeys({ ...keys, nameless: false })).toEqual([]);
    expect(isBelow(key, prefixOf(source))).toBe(true);
    const entries = [entry(key, value.replaceAll('\\n', '\n'))];
    const { folding } = createCatalogSource(source, { get: () => undefined }, memoryLog()).open(entries);
    const { services, rejected } = folding.apply({ kind: 'sync', revision: '1', clusterId: '1', entries });
    expect(rejected).toEqual([]);
    const read = [...services.values()].flatMap(({ name, instances }) =>
      instances.map(({ id, host, port }) => `${name}, ${id}: ${host}:${port}`),
    );
    expect(read.join(' and '), format.name).toBe(wanted);
  });

  it('has every format whose keys name services', () => {
    const named = new Set(rows.map(({ source }) => sourceOf(source).format.name));
    const all = (Object.keys(formats) as FormatName[]).filter((name) => layoutOf(name) !== undefined);
    expect([...named].sort()).toEqual(all.sort());
  });
});
