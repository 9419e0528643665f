import fc from 'fast-check';
import { makeService, makeView, render } from './views.js';
import type { Options } from './views.js';

/** Text that a consumer could interpret: quotes, ends of statements, expansions, keywords, other scripts. */
export const hostile = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({
      unit: fc.constantFrom(...Array.from('"\'\\$;{}#~ %()[]<>|&`=:,.!?*@/-+^'), 'a', 'Z', '7', 'é'),
      maxLength: 12,
    }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019._:/@+,=-')), maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'include',
      'default',
      'volatile',
      'hostnames',
      'yes',
      'No',
      'null',
      '~',
      '10',
      '1e3',
      '0x1f',
      '012',
      '1:30',
      '.inf',
      '2001-01-01',
      '<<',
      '- a',
      '# c',
      'a: b',
      'a #b',
      '--- ',
      '...',
      '!tag',
      '&a',
      '*a',
      '| x',
      'if',
      'done',
      '-f',
      '-n',
      '~root',
      '$HOME',
      '${HOME}',
      '$(id)',
      '`id`',
      '%[src]',
      '%{+Q}o',
      '";}',
      "'; id; '",
      '\\"',
      'line\nbreak',
      'a\r\nb',
      'tab\t',
      '\0',
      '\u0085',
      '\u2028x',
      '\uFEFFbom',
      '\uD800',
      '日本',
      '👍',
    ),
  },
);

export interface Outcome {
  readonly text: string;
  /** The written values by their numbers. */
  readonly kept: ReadonlyMap<number, string>;
}

/**
 * Renders one service per value, each with the value as metadata `v` and its number as name, until nothing is rejected.
 * @param text uses `metadata.v` inside its own loops, or `this.v` … : see the callers.
 */
export function renderAll(text: string, values: readonly string[], options: Options = {}): Outcome {
  const services = values.map((v, index) => makeService(`s${index}`, [{ metadata: { v } }]));
  const first = render(text, makeView({ services }), options);
  const gone = new Set(first.rejected.map(({ service }) => service));
  const left = services.filter(({ name }) => !gone.has(name));
  const second = first.rejected.length === 0 ? first : render(text, makeView({ services: left }), options);
  if (second.rejected.length > 0) throw new Error('a second rendering rejected again');
  const kept = left.map(({ name }): [number, string] => [Number(name.slice(1)), values[Number(name.slice(1))] ?? '']);
  return { text: second.text, kept: new Map(kept) };
}

/** Wraps the line for one value in the loops over all values. */
export function forEachValue(line: string): string {
  return `{{#each services}}{{#each instances}}\n${line}\n{{/each}}{{/each}}`;
}

/** A fresh sample on each run; the seed is in the name of the test that uses it. */
export const seed = Math.floor(Math.random() * 1e9);

export function sample(count: number): string[] {
  return [...new Set(fc.sample(hostile, { numRuns: count, seed }))];
}
