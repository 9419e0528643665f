import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { targetKinds } from '../../src/targets/registry.js';
import { folderOf } from './folder.js';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');

describe.each(targetKinds.keys)('the kind %s', (key) => {
  it('has its description in the folder of its name', () => {
    expect(read(`src/targets/${folderOf(key)}/kind.ts`)).toContain(`key: '${key}'`);
  });

  it('is held to the contract of targets', () => {
    expect(read(`test/contract/${folderOf(key)}.test.ts`)).toContain(`describeTarget('${key}', `);
  });

  it('has a heading in docs/configuration.md and a section in docs/targets.md', () => {
    expect(read('docs/configuration.md')).toContain(`\n### \`${key}\`\n\n<!-- ${key} -->\n`);
    expect(read('docs/targets.md')).toContain(`\n## \`${key}\`\n`);
  });
});
