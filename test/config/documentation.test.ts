import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { keysOf, type SchemaKey } from './keys.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

// Blocks that the page describes once and refers to.
const described = [
  { block: 'targets[].select.', as: 'sources[].where.' },
  { block: 'targets[].skydns.etcd.', as: 'etcd.' },
];

const rows = page.split('\n').flatMap((line) => {
  const [, path, type, value, meaning] = /^\| `([\w.[\]]+)` +\|(.*?)\|(.*?)\|(.*)\|$/.exec(line) ?? [];
  return path === undefined ? [] : [{ path, type: type?.trim(), default: value?.trim(), meaning: meaning?.trim() }];
});

function showDefault({ default: value, required }: SchemaKey): string | undefined {
  if (required) return 'required';
  if (value === undefined) return undefined;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

describe('docs/configuration.md', () => {
  const keys = keysOf(configSchema);
  const own = keys.filter(({ path }) => !described.some(({ block }) => path.startsWith(block)));

  it('has every key of the schema, once, and no other', () => {
    expect(rows.map(({ path }) => path).sort()).toEqual(own.map(({ path }) => path).sort());
  });

  it('says of a block that it has the keys of another only where that is true', () => {
    for (const { block, as } of described) {
      const below = (prefix: string): string[] =>
        keys.flatMap(({ path }) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []));
      expect(below(block), block).toEqual(below(as));
      const row = rows.find(({ path }) => `${path}.` === block);
      expect(row?.meaning).toContain(`The same keys as \`${as.slice(0, -1)}\``);
    }
  });

  it.each(own.map((key) => [key.path, key] as const))('has type, default and meaning of %s', (path, key) => {
    const row = rows.find((row) => row.path === path);
    expect(row?.type).not.toBe('');
    expect(row?.meaning).toMatch(/\.$/);
    const wanted = showDefault(key);
    if (wanted === undefined) expect(row?.default).not.toMatch(/^(required)?$/);
    else expect(row?.default).toBe(wanted);
  });
});
