#!/usr/bin/env node
// Writes the generated files of charts/rollcall: values.yaml, values.schema.json, the table of README.md, and the alerts.
//   node scripts/chart.mjs          writes those that differ
//   node scripts/chart.mjs --check  fails if one differs
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartFiles } from './chart/files.mjs';

const root = join(import.meta.dirname, '..');
const read = (path) => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
};
const stale = Object.entries(await chartFiles(read)).filter(([path, text]) => read(path) !== text);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is not what its sources say: run npm run docs`);
  if (stale.length > 0) process.exitCode = 1;
} else
  for (const [path, text] of stale) {
    writeFileSync(join(root, path), text);
    console.log(`wrote ${path}`);
  }
