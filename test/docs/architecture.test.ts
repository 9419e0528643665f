import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');

it('the page on the architecture names files and folders that are there', () => {
  const paths = [...page.matchAll(/`([a-z-]+\/[A-Za-z*/.-]+)`/g)].map(([, path = '']) => path);
  const inSource = paths.filter((path) => existsSync(join(root, 'src', path.split('/')[0] ?? '')));
  expect(inSource.length).toBeGreaterThan(20);
  for (const path of inSource) {
    const pattern = path.replace('NAME', 'files').replace('*', 'files');
    expect(existsSync(join(root, 'src', pattern)), path).toBe(true);
  }
});

it('the page on the architecture lists every folder of the source', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) expect(page).toMatch(new RegExp(`^  ${name}/ `, 'm'));
});
