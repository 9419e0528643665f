import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import { parsePartially, type PartialConfig } from '../../src/config/partial-parse.js';
import { tempDir } from '../support/temp.js';

async function salvage(config: unknown): Promise<PartialConfig | undefined> {
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

describe('what is left of a wrong config', () => {
  it('is all of it when it is right', async () => {
    const left = await salvage({ sources: [source], targets: [target('a')] });
    expect(left?.config.targets.map(({ name }) => name)).toEqual(['a']);
    expect([...(left?.lossy ?? [])]).toEqual([]);
  });

  it('is what is right, at the place where it stands in the file', async () => {
    const left = await salvage(`sources: [{ name: services, prefix: /services/ }]
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

  it('takes a misspelt key for what it was meant to be, unless that is there, too', async () => {
    const left = await salvage({ soruces: [source], targets: [target('a', { expcet: ['web'] })], targest: 7 });
    expect(left?.config.sources).toHaveLength(1);
    expect(left?.config.targets[0]?.expect).toEqual(['web']);
  });

  it('is nothing of what is no YAML', async () => {
    expect(await salvage('a: [')).toBeUndefined();
    expect(await salvage('just text')).toBeUndefined();
  });

  it('comes about whatever the config holds, and never alters what was read', async () => {
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
