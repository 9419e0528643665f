#!/usr/bin/env node
// Writes the generated parts of the documentation, between <!-- name --> and <!-- end -->, and the JSON Schemas, from
// the built code.
//   npm run docs
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { comparePage, pages } from './docs/pages.mjs';

const load = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);

for (const page of Object.keys(pages)) {
  const { file, text, wanted } = await comparePage(page, load);
  if (text === wanted) continue;
  await writeFile(file, wanted);
  console.log(`wrote ${page}`);
}

const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const schemas = {
  config: 'rollcall.schema.json',
  fixture: 'fixture.schema.json',
  test: 'test.schema.json',
  admin: 'admin.openapi.json',
};
for (const [kind, name] of Object.entries(schemas)) {
  const file = fileURLToPath(new URL(`../docs/schema/${name}`, import.meta.url));
  execFileSync(process.execPath, [command, 'schema', kind, '--output', file], { stdio: 'inherit' });
}
