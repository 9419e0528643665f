#!/usr/bin/env node
// Writes the generated parts of the documentation, between <!-- name --> and <!-- end -->, from the built code.
//   npm run docs
import { writeFile } from 'node:fs/promises';
import { comparePage, pages } from './docs/pages.mjs';

const load = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);

for (const page of Object.keys(pages)) {
  const { file, text, wanted } = await comparePage(page, load);
  if (text === wanted) continue;
  await writeFile(file, wanted);
  console.log(`wrote ${page}`);
}
