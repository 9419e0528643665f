import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import { parsePartially, type PartialConfig } from '../../src/config/partial-parse.js';
import { tempDir } from '../support/temp.js';

async function parseValidPart(config: unknown): Promise<PartialConfig | undefined> {
  const file = join(await tempDir(), 'rollcall.yaml');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  return parsePartially(await parseConfig(file));
}

const source = { name: 'services', prefix: '/services/' };
const target = (name: string, more: object = {}): object => ({
  name,
  files: [{ path: `/out/${name}`, template: 'json' }],
  ...more,
});

describe('the valid part of a wrong config', () => {
  it('is all of a valid config', async () => {
    const left = await parseValidPart({ sources: [source], targets: [target('a')] });
    expect(left?.config.targets.map(({ name }) => name)).toEqual(['a']);
    expect([...(left?.lossy ?? [])]).toEqual([]);
  });

  it('has the valid parts, with their places in the file', async () => {
    const left = await parseValidPart(`sources: [{ name: services, prefix: /services/ }]
targets:
  - { name: "no name!", files: [{ path: /out/a, template: json }] }
  - { name: b, files: 7 }
  - name: c
    files:
      - { path: relative/../x, template: json, mode: 1 }
      - { template: json }
      - { path: /out/c, template: json }
`);
    expect(left?.config.targets.map(({ name }) => name)).toEqual(['b', 'c']);
    const kept = left?.config.targets[1]?.files as { readonly path: string }[];
    expect(kept.map(({ path }) => path.split('/').at(-1))).toEqual(['x', 'c']);
    expect([...(left?.lossy ?? [])]).toEqual(['targets']);
    expect(left?.locate(['targets', 1, 'files', 1, 'path'], 'here')).toMatchObject({
      path: 'targets[2].files[2].path',
      line: 9,
      column: 17,
    });
  });

  it('corrects a misspelt key, unless the right key exists too', async () => {
    const left = await parseValidPart({ soruces: [source], targets: [target('a', { expcet: ['web'] })], targest: 7 });
    expect(left?.config.sources).toHaveLength(1);
    expect(left?.config.targets[0]?.expect).toEqual(['web']);
  });

  it('is undefined for a file that is no YAML', async () => {
    expect(await parseValidPart('a: [')).toBeUndefined();
    expect(await parseValidPart('just text')).toBeUndefined();
  });

  it('is found whatever the config holds, and the parsed data never changes', async () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    const key = fc.constantFrom('name', 'files', 'path', 'template', 'skydns', 'check', 'reload', 'pathh', '__proto__');
    const thing = fc.oneof(anything, fc.dictionary(key, anything), fc.constant(target('a')), fc.constant(source));
    const list = fc.oneof(fc.array(thing, { maxLength: 4 }), anything);
    const file = join(await tempDir(), 'rollcall.yaml');
    await fc.assert(
      fc.asyncProperty(
        fc.record({ sources: list, targets: list, sorces: thing }, { requiredKeys: [] }),
        async (data) => {
          await writeFile(file, JSON.stringify(data));
          const judged = await parseConfig(file);
          const before = JSON.stringify(judged.data);
          const left = parsePartially(judged);
          expect(JSON.stringify(judged.data)).toBe(before);
          for (const [index] of left?.config.targets.entries() ?? []) left?.locate(['targets', index], 'here');
        },
      ),
      { numRuns: 200 },
    );
  });
});
