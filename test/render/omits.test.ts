import { expect, it } from 'vitest';
import { compileTemplate } from '../../src/render/template.js';
import { problemsOf } from './views.js';

const compile = (text: string) => compileTemplate({ name: 't.hbs', scope: 'root', text });

it('reads what a template declares, with the defaults of its vars', () => {
  const { omits } = compile(`{{!--
    dialect: none
    vars.all = false
    omits: critical, names unless vars.all,  weight 0 if vars.all
    omits: draining if vars.list
  --}}`);
  expect(omits({})).toEqual(['critical', 'names']);
  expect(omits({ all: true, list: [] })).toEqual(['critical', 'weight 0']);
  expect(omits({ list: ['x'] })).toEqual(['critical', 'names', 'draining']);
});

it.each(['{{! omits: critical }}', '{{!-- omits: critical --}}', '{{~!omits:critical~}}'])(
  'reads it from %s',
  (text) => {
    expect(compile(text).omits({})).toEqual(['critical']);
  },
);

it('takes nothing from elsewhere', () => {
  expect(compile('# omits: critical\n{{! omits: names }}').omits({})).toEqual([]);
});

it('refuses what it does not know, at its place', () => {
  expect(problemsOf('{{!--\n  omits: critical, draning, \n--}}')).toMatchObject([
    { line: 2, column: 20, message: expect.stringContaining('"draning"') as string, hint: 'Did you mean draining?' },
    { line: 2, message: expect.stringContaining('""') as string },
  ]);
});
