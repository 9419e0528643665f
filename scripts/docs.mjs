#!/usr/bin/env node
// Writes the generated parts of the documentation, between <!-- name --> and <!-- end -->, and the JSON Schemas, from
// the built code.
//   npm run docs
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { comparePage, pages } from './docs/pages.mjs';

/** Modules of the library are in dist/. A module that only the command has is bundled for this one use. */
async function load(path) {
  const built = new URL(`../dist/${path}`, import.meta.url);
  if (existsSync(built)) return import(built.href);
  const input = fileURLToPath(new URL(`../src/${path.replace(/\.js$/, '.ts')}`, import.meta.url));
  const bundle = await rolldown({ input, platform: 'node' });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}

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
