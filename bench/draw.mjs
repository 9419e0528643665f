#!/usr/bin/env node
// Draws the figures of a run into docs/: the charts, and the tables of docs/performance.md.
//   npm run bench:charts                  the charts, from docs/performance/figures.json
//   npm run bench:report                  the charts and the tables
//   npm run bench:report -- FILE          first takes the figures from FILE, an output of `npm run bench -- --output FILE`
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fill } from '../scripts/docs/markdown.mjs';
import { chartsOf } from './report/growth.mjs';
import { partsOf } from './report/page.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    charts: { type: 'boolean', default: false },
    docs: { type: 'string', default: join(import.meta.dirname, '..', 'docs') },
  },
});
const page = join(values.docs, 'performance.md');
const figures = join(values.docs, 'performance', 'figures.json');
const [taken] = positionals;

if (taken !== undefined) {
  mkdirSync(dirname(figures), { recursive: true });
  copyFileSync(taken, figures);
}
if (!existsSync(figures)) {
  console.error(`no ${figures}: measure with \`npm run bench -- --all --output ${figures}\` first`);
  process.exit(1);
}

function write(file, text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text);
  console.log(`wrote ${file}`);
}

const records = JSON.parse(readFileSync(figures, 'utf8'));
for (const [name, text] of Object.entries(chartsOf(records))) write(join(dirname(figures), name), text);
if (!values.charts) write(page, await fill(page, readFileSync(page, 'utf8'), partsOf(records)));
