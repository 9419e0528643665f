import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, RollcallError, type ErrorCode } from '../../src/model/errors.js';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/errors.md', root), 'utf8');
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`([A-Z_]+)`\n/.exec(section)?.[1], section]),
);
const codes = Object.keys(catalogue) as ErrorCode[];

describe('docs/errors.md', () => {
  it('lists every code once, and no other', () => {
    expect(page.match(/^### /gm)).toHaveLength(codes.length);
    expect([...sections.keys()].sort()).toEqual([...codes].sort());
  });

  it.each(codes)('says for %s when it occurs, whether it is tried again, and what to do', (code) => {
    const [, when, list] = (sections.get(code) ?? '').split('\n\n');
    expect(when).toMatch(/^[^-#].{20,}\.$/);
    const { retry, hint } = catalogue[code];
    expect(list?.trim()).toBe(`- Tried again: ${retry ? 'yes' : 'no'}.\n- ${hint}`);
  });
});

describe('the catalogue', () => {
  it('has no unused code', () => {
    const src = new URL('src/', root);
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && file !== 'model/errors.ts',
    );
    const text = files.map((file) => readFileSync(new URL(file, src), 'utf8')).join('\n');
    expect(codes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('gives an error its hint and its `retry`, unless the caller overrides them', () => {
    const cause = new Error('why');
    const plain = new RollcallError('OUTPUT_UNWRITABLE', 'what', { cause });
    expect(plain).toMatchObject({ message: 'what', cause, ...catalogue.OUTPUT_UNWRITABLE });
    const knowing = new RollcallError('OUTPUT_UNWRITABLE', 'what', { hint: 'Do this.', retry: false });
    expect(knowing).toMatchObject({ hint: 'Do this.', retry: false });
  });
});
