import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describeWith } from '../support/binaries.js';
import { alertsOf, expressionsOf } from '../support/monitoring.js';
import { promtool } from '../support/prometheus.js';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '../..');
const rules = join(root, 'monitoring/rollcall.rules.yml');
const dashboard = join(root, 'monitoring/rollcall-dashboard.json');

describe('the alerts', () => {
  it('each have a severity, a summary, a description, and a heading in the documentation', async () => {
    const page = await readFile(join(root, 'docs/metrics.md'), 'utf8');
    const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    const alerts = alertsOf(await readFile(rules, 'utf8'));
    expect(alerts.map(({ alert }) => alert)).toEqual(headings);
    for (const { alert, labels, annotations } of alerts) {
      expect(labels.severity, alert).toMatch(/^(warning|critical)$/);
      expect(annotations.summary, alert).toMatch(/^\S.{20,}\.$/);
      expect(annotations.description, alert).toMatch(/^\S.{40,}\.$/s);
      expect(annotations.runbook_url).toBe(`docs/metrics.md#${alert.toLowerCase()}`);
    }
  });
});

describe('the dashboard', () => {
  it('has a title and an expression in every panel, none over another, and asks the chosen data source', async () => {
    const { panels } = JSON.parse(await readFile(dashboard, 'utf8')) as {
      panels: {
        id: number;
        type: string;
        title: string;
        gridPos: { x: number; y: number; w: number; h: number };
        datasource?: { uid: string };
        targets?: unknown[];
      }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { type, title, gridPos, datasource, targets } of panels) {
      expect(title).not.toBe('');
      const { x, y, w, h } = gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let cell = 0; cell < w * h; cell += 1) {
        const place = `${x + (cell % w)},${y + Math.floor(cell / w)}`;
        expect(taken.has(place), `${title} at ${place}`).toBe(false);
        taken.add(place);
      }
      if (type === 'row') continue;
      expect(targets?.length, title).toBeGreaterThan(0);
      expect(datasource?.uid).toBe('${datasource}');
    }
  });
});

describeWith('promtool', 'with a real promtool', () => {
  it('the rules are accepted, and fire as their tests say', async () => {
    expect(await promtool('check', 'rules', rules)).toBe('');
    const tests = await readFile(join(import.meta.dirname, 'rules.test.yml'), 'utf8');
    const file = join(await tempDir(), 'rules.test.yml');
    await writeFile(file, tests.replace('RULES', rules));
    expect(await promtool('test', 'rules', file)).toBe('');
  });

  it('every part of the rule that leaves out other causes is needed by a test', async () => {
    const [text, tests] = await Promise.all([
      readFile(rules, 'utf8'),
      readFile(join(import.meta.dirname, 'rules.test.yml'), 'utf8'),
    ]);
    const parts = text.split('\n').filter((line) => line.trim().startsWith('unless '));
    expect(parts).toHaveLength(4);
    const dir = await tempDir();
    for (const part of parts) {
      await writeFile(join(dir, 'less.yml'), text.replace(`${part}\n`, ''));
      await writeFile(join(dir, 'test.yml'), tests.replace('RULES', join(dir, 'less.yml')));
      expect(await promtool('test', 'rules', join(dir, 'test.yml')), part).toContain('FAILED');
    }
  });

  it('every expression of the dashboard is PromQL', async () => {
    const expressions = expressionsOf(dashboard, await readFile(dashboard, 'utf8'));
    const queries = expressions.filter((one) => !one.startsWith('label_values('));
    expect(queries.length).toBeGreaterThan(30);
    const recorded = queries.map((expr, at) => ({
      record: `query_${at}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*'),
    }));
    const file = join(await tempDir(), 'queries.yml');
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    expect(await promtool('check', 'rules', file)).toBe('');
  });
});
