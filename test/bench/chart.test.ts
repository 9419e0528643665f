import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logarithmic, short, ticksUpTo } from '../../bench/report/axis.mjs';
import { drawChart, type Panel } from '../../bench/report/chart.mjs';

describe('the ticks of an axis', () => {
  it.each([
    [4, [0, 1, 2, 3, 4]],
    [5.1, [0, 2, 4, 6]],
    [53, [0, 20, 40, 60]],
    [0, [0, 0.5, 1]],
  ])('up to %d are %j', (greatest, wanted) => {
    expect(ticksUpTo(greatest)).toEqual(wanted);
  });

  it('begin at 0, rise, reach the greatest value, and are few', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (greatest) => {
        const ticks = ticksUpTo(greatest);
        expect(ticks[0]).toBe(0);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.every((tick, at) => at === 0 || tick > (ticks[at - 1] ?? NaN))).toBe(true);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(greatest * (1 - 1e-5));
      }),
    );
  });
});

describe('a logarithmic axis', () => {
  it('gives equal factors equal distances', () => {
    const x = logarithmic(1, 100, 0, 200);
    expect([1, 10, 100].map(x)).toEqual([0, 100, 200]);
  });

  it('puts a single size in the middle', () => {
    expect(logarithmic(7, 7, 0, 200)(7)).toBe(100);
  });
});

it('shortens thousands', () => {
  expect([1, 0.5, 999, 1000, 2500, 200_000].map(short)).toEqual(['1', '0.5', '999', '1k', '2.5k', '200k']);
});

describe('a chart', () => {
  const panel = (points: Panel['points'], title = 'Put to file'): Panel => ({
    ...{ title, unit: 'ms', xTitle: 'instances', points },
  });
  const circles = (svg: string): { x: number; y: number }[] =>
    [...svg.matchAll(/<circle cx="([-\d.]+)" cy="([-\d.]+)"/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));

  it('names both axes with their units, and shows each size', () => {
    const svg = drawChart({
      label: 'Cost',
      panels: [panel([1000, 10_000].map((size) => ({ size, value: size / 100 })))],
    });
    for (const text of ['>Put to file (ms)<', '>instances (logarithmic)<', '>1k<', '>10k<', '>100<'])
      expect(svg).toContain(text);
  });

  it('has colours for a light and for a dark page', () => {
    const svg = drawChart({ label: 'Cost', panels: [panel([{ size: 1, value: 1 }])] });
    const classes = new Set([...svg.matchAll(/class="(\w+)" (?:fill|stroke)="#[0-9a-f]{6}"/g)].map(([, name]) => name));
    expect([...classes].sort()).toEqual(['dot', 'grid', 'line', 'quiet', 'text']);
    const [, dark = ''] = /prefers-color-scheme:dark\)\{(.*?)\}<\/style>/.exec(svg) ?? [];
    for (const name of classes) expect(dark).toContain(`.${name ?? ''}{`);
  });

  it('escapes texts', () => {
    const svg = drawChart({ label: 'a < b & c', panels: [panel([{ size: 1, value: 1 }], '<x>')] });
    expect(svg).toContain('<title>a &lt; b &amp; c</title>');
    expect(svg).not.toContain('<x>');
  });

  it('puts every point inside the picture, in the order of the sizes; a greater value is higher', () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(sizes, fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 10 }), (some, values) => {
        const points = some.sort((a, b) => a - b).map((size, at) => ({ size, value: values[at] ?? 0 }));
        const svg = drawChart({ label: 'Cost', panels: [panel(points)] });
        const drawn = circles(svg);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(drawn).toHaveLength(points.length);
        for (const [at, { x, y }] of drawn.entries()) {
          expect(x >= 52 && x <= 364 && y >= 34 && y <= 186).toBe(true);
          const before = drawn[at - 1];
          if (before === undefined) continue;
          expect(x).toBeGreaterThanOrEqual(before.x);
          const rise = (points[at]?.value ?? 0) - (points[at - 1]?.value ?? 0);
          expect(Math.sign(before.y - y) * Math.sign(rise)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
