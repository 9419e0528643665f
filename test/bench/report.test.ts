import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { chartsOf } from '../../bench/report/growth.mjs';
import { partsOf } from '../../bench/report/page.mjs';
import { serialize, type Figures } from '../../bench/report/records.mjs';
import { fill } from '../../scripts/docs/markdown.mjs';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '..', '..');
const docs = join(root, 'docs');
const script = join(root, 'bench', 'draw.mjs');

const machine = {
  part: 'machine',
  date: '2026-11-01',
  cpu: 'A CPU',
  cores: 2,
  linux: '6.1',
  node: 'v20.20.0',
  etcd: '3.4.23',
  load: 0.1,
};
const growth: Figures[] = [1, 10].map((size) => ({
  ...{ part: 'growth', name: 'rollcall', title: 'rollcall', series: 'targets', size, medium: 'tmpfs', run: 1 },
  ...{ p50Ms: 4 + size, p99Ms: 9, cpuMs: 3, coldMs: 300, rssMb: 80 },
}));
const compared: Figures[] = ['floor', 'rollcall'].flatMap((name) =>
  [1, 2].map((run) => ({
    ...{ part: 'contenders', name, title: name, size: 1000, instances: 1000, medium: 'tmpfs', run },
    ...{ p50Ms: name === 'floor' ? 2 * run : 3 * run, p99Ms: 9, cpuMs: 3, coldMs: 300, rssMb: 80 },
  })),
);

const page = ['figures', 'goals', 'scale', 'growth', 'idle', 'registrations']
  .map((name) => `<!-- ${name} -->\n\nold ${name}\n\n<!-- end -->\n`)
  .join('\n');

async function draw(records: readonly Figures[], ...args: readonly string[]): Promise<string> {
  const folder = await tempDir();
  const file = join(folder, 'run.json');
  await mkdir(join(folder, 'performance'));
  await writeFile(file, serialize(records));
  await writeFile(join(folder, 'performance.md'), page);
  await promisify(execFile)(process.execPath, [script, '--docs', folder, ...args, file]);
  return folder;
}

describe('npm run bench:report', () => {
  it('keeps the records, and draws charts and tables from them', async () => {
    const folder = await draw([machine, ...compared, ...growth]);
    const kept = JSON.parse(readFileSync(join(folder, 'performance', 'figures.json'), 'utf8')) as Figures[];
    expect(kept).toEqual([machine, ...compared, ...growth]);
    expect(readFileSync(join(folder, 'performance', 'growth-targets.svg'), 'utf8')).toContain(
      '>targets (logarithmic)<',
    );
    const text = readFileSync(join(folder, 'performance.md'), 'utf8');
    expect(text).toContain('Measured on 2026-11-01 with 2 cores (A CPU)');
    expect(text).toContain('](performance/growth-targets.svg)');
    // Each run of rollcall takes 1.5 times as long as the run of the floor beside it.
    expect(text).toContain('4.5 ms (3.0 to 6.0), 1.50x');
  });

  it('leaves the figures of parts that the run did not measure', async () => {
    const text = readFileSync(join(await draw([machine, ...growth]), 'performance.md'), 'utf8');
    for (const name of ['figures', 'goals', 'scale', 'idle', 'registrations']) expect(text).toContain(`old ${name}\n`);
    expect(text).not.toContain('old growth');
  });

  it('draws only the charts for npm run bench:charts', async () => {
    const folder = await draw([machine, ...growth], '--charts');
    expect(existsSync(join(folder, 'performance', 'growth-targets.svg'))).toBe(true);
    expect(readFileSync(join(folder, 'performance.md'), 'utf8')).toBe(page);
  });

  it('says what to do without figures', async () => {
    const failed = promisify(execFile)(process.execPath, [script, '--docs', await tempDir()]);
    await expect(failed).rejects.toThrow('npm run bench -- --all --output');
  });
});

describe('docs/performance.md', () => {
  const figures = join(docs, 'performance', 'figures.json');
  const records = existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as Figures[]) : [];
  const charts = existsSync(figures)
    ? readdirSync(join(docs, 'performance')).filter((name) => name.endsWith('.svg'))
    : [];

  it('has the charts that its records draw, and no others', () => {
    const drawn = Object.fromEntries(
      charts.map((name) => [name, readFileSync(join(docs, 'performance', name), 'utf8')]),
    );
    expect(drawn).toEqual(chartsOf(records));
  });

  it('has the tables that its records make', async () => {
    const text = readFileSync(join(docs, 'performance.md'), 'utf8');
    expect(text).toBe(await fill(join(docs, 'performance.md'), text, partsOf(records)));
  });
});
