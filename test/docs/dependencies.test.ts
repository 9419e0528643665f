import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const packed = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies',
  Readonly<Record<string, string>>
>;

/** The rows of the table below a heading, cell by cell. */
function rowsOf(heading: string): string[][] {
  const section =
    read('docs/dependencies.md')
      .split(/^## /m)
      .find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const namesIn = (heading: string): string[] => rowsOf(heading).map(([name = '']) => name.replaceAll('`', ''));
const sections = { installed: 'Installed with the package', bundled: 'Bundled into the command' };
const testing = 'For building and testing only';

/** Packages that files of src/ import. */
const imported = new Set(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...read(join('src', file)).matchAll(/(?:from |import\()'((?:@[^/']+\/)?[a-z][^/':]*)['/]/g)])
    .map(([, name = '']) => name),
);

describe('docs/dependencies.md', () => {
  it('names every package that is installed, in order', () => {
    expect(namesIn(sections.installed)).toEqual(Object.keys(packed.dependencies).sort());
  });

  it('names every development dependency, and tells those that the command takes into its bundle', () => {
    const developed = Object.keys(packed.devDependencies).sort();
    expect(namesIn(sections.bundled)).toEqual(developed.filter((name) => imported.has(name)));
    expect(namesIn(testing)).toEqual(developed.filter((name) => !imported.has(name)));
  });

  it.each([...Object.values(sections), testing, 'Kept by hand'])('gives a reason in every row of `%s`', (heading) => {
    const rows = rowsOf(heading);
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) expect(row.at(-1), row[0]).toMatch(/^\S.{15,}\.$/);
  });

  it('names only places that are there', () => {
    const places = rowsOf('Kept by hand').flatMap(([, where = '']) =>
      where.split(', ').map((one) => one.replaceAll('`', '')),
    );
    expect(places.filter((place) => !existsSync(join(root, place)))).toEqual([]);
  });
});
