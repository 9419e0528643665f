import { expect, test } from 'vitest';
import { parseTemplate } from '../../../src/render/parse.js';
import type { Path, Program } from '../../../src/render/ast.js';
import { findReads, findRootReads } from '../../../src/render/memo/reads.js';

/** The reads of the body of a loop, as a template would write them right before the loop. */
function readsIn(body: string, partial = '', as = ''): unknown {
  const program = parseTemplate({ file: 't.hbs', text: `{{#each x${as}}}${body}{{/each}}` }) as Program;
  const [loop] = program.body;
  if (loop?.type !== 'BlockStatement' || loop.program === undefined) throw new Error('no loop');
  const called = parseTemplate({ file: 'p.hbs', text: partial }) as Program;
  const mark = (one: Program): void => {
    for (const node of one.body) {
      if (node.type === 'PartialStatement') node.copyId = 'p#0';
      if (node.type === 'BlockStatement') for (const inner of [node.program, node.inverse]) if (inner) mark(inner);
    }
  };
  mark(loop.program);
  mark(called);
  const reads = findReads(loop.program, new Map([['p#0', called]]), new Set(['s', 'i']));
  if (reads === undefined) return undefined;
  const flags = (['index', 'first', 'last'] as const).filter((flag) => reads[flag]);
  return [...reads.outer.map(write), ...flags.map((flag) => `(${flag})`)].join(' ');
}

function write({ data, depth, parts }: Path): string {
  return `${data ? '@' : ''}${'../'.repeat(depth)}${parts.length === 0 ? 'this' : parts.join('.')}`;
}

test.each([
  ['{{name}} {{this.name}} {{./name}} {{@root}}', '@root'],
  ['{{../name}} {{../name}}', 'name'],
  ['{{../../target.name}} {{..}}', '../target.name this'],
  ['{{@root.vars.a}} {{@../index}} {{@../../last}}', '@root.vars.a @index @../last'],
  ['{{@index}}', '(index)'],
  ['{{@key}}', '(index)'],
  ['{{#unless @last}},{{/unless}}{{#if @first}}x{{/if}}', '(first) (last)'],
  ['{{#if ../a}}{{../b}}{{else}}{{../c}}{{/if}}', 'a c b'],
  ['{{#with metadata}}{{../name}}{{../../a}}{{@last}}{{/with}}', 'a (last)'],
  ['{{#each tags}}{{@last}}{{@../first}}{{@../../index}}{{../id}}{{../../a}}{{/each}}', '@index a (first)'],
  ['{{#each tags as |t|}}{{t}}{{else}}{{../a}}{{/each}}', 'a'],
  ['{{#with ..}}{{name}}{{/with}}', 'this'],
  ['{{#let ../a name as |a b|}}{{a}}{{b}}{{name}}{{../c}}{{s.name}}{{/let}}', 'a c s.name'],
  ['{{#let @index as |s|}}{{s}}{{#each tags as |a|}}{{s}}{{a}}{{../../b}}{{/each}}{{/let}}{{i}}', 'b i (index)'],
  ['{{default metadata.a (lookup metadata @root.vars.key)}}', '@root.vars.key'],
  ['{{#each (reject tags a=../b)}}{{/each}}', 'b'],
  ['{{s.name}}{{lookup s.a i}}', 's.name s.a i'],
  ['{{./s}}{{#each tags as |s|}}{{s}}{{/each}}', ''],
])('%s reads %s', (body, expected) => {
  expect(readsIn(body)).toBe(expected);
});

test.each([
  ['{{> p}}', '{{name}}{{@last}}{{@root.vars.a}}', '@root.vars.a (last)'],
  ['{{> p ..}}', '{{name}}{{this}}', 'name this'],
  [
    '{{> p @root}}',
    '{{vars.a}}{{#each services}}{{name}}{{../target.name}}{{/each}}',
    '@root.vars.a @root.services @root.target.name',
  ],
  ['{{> p @root a=1 services=instances}}', '{{a}}{{#each services}}{{name}}{{/each}}{{env.B}}', '@root.env.B'],
  ['{{> p a=../b}}', '{{a}}', 'b'],
  ['{{> p (lookup ../b 0)}}', '{{a}}', 'b'],
  ['{{> p s}}', '{{a}} {{i}}', 's.a s.i'],
  ['{{#each tags}}{{> p ..}}{{> p ../..}}{{/each}}', '{{a}}{{@index}}', 'a'],
  ['{{> p ../..}}', '{{#with a}}{{b}}{{../c}}{{/with}}', '../a ../c'],
])('%s, with %s in the partial, reads %s', (body, partial, expected) => {
  expect(readsIn(body, partial)).toBe(expected);
});

test('the first block parameter of the loop is its item, the second one its index', () => {
  expect(readsIn('{{one.name}}{{../one}}{{this.two}}', '', ' as |one two|')).toBe('one');
  expect(readsIn('{{#if tags}}{{two}}{{/if}}', '', ' as |one two|')).toBe('(index)');
  expect(readsIn('{{> p}}', '{{one}}', ' as |one two|')).toBe('');
});

test('the reads of a partial that calls itself are unknown', () => {
  expect(readsIn('{{> p}}', '{{#each tags}}{{> p this}}{{/each}}')).toBeUndefined();
});

/** The names of the root that a whole template reads. */
function rootReadsOf(text: string, partial = ''): string | undefined {
  const program = parseTemplate({ file: 't.hbs', text }) as Program;
  const called = parseTemplate({ file: 'p.hbs', text: partial }) as Program;
  const mark = (one: Program): void => {
    for (const node of one.body) {
      if (node.type === 'PartialStatement') node.copyId = 'p#0';
      if (node.type === 'BlockStatement') for (const inner of [node.program, node.inverse]) if (inner) mark(inner);
    }
  };
  mark(program);
  const names = findRootReads(program, new Map([['p#0', called]]));
  return (
    names &&
    [...names]
      .map((name) => (name === '' ? 'this' : name))
      .sort()
      .join(' ')
  );
}

test.each([
  ['a text', ''],
  ['{{#with service}}{{name}}{{../target.name}}{{/with}}', 'service target'],
  [
    '{{#each service.instances}}{{id}}{{@index}}{{@root.vars.a}}{{../services.0.name}}{{/each}}',
    'service services vars',
  ],
  ['{{#each service.tags as |t|}}{{t}}{{vars.t}}{{else}}{{kv.pairs}}{{/each}}', 'kv service'],
  ['{{#if (lookup services 0)}}{{/if}}', 'services'],
  ['{{lookup this "services"}}', 'this'],
  ['{{lookup @root vars.name}}', 'this vars'],
  ['{{#with this}}{{name}}{{/with}}', 'this'],
  ['{{#let service as |services|}}{{services.name}}{{/let}}', 'service'],
])('%s reads the names %j of the root', (text, expected) => {
  expect(rootReadsOf(text)).toBe(expected);
});
