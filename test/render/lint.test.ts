import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { briefly, problemsOf } from './views.js';
import type { Options } from './views.js';

const known = { env: ['REGION'], vars: { prefix: 'p', ports: [80], deep: { er: 'x' } }, raw: ['settings'] };

describe('names', () => {
  test.each([
    ['{{servces}}', '1:3 the view has no "servces"'],
    ['{{#each servces}}{{x}}{{/each}}', '1:9 the view has no "servces"'],
    ['{{#if servces}}{{/if}}', '1:7 the view has no "servces"'],
    ['{{#unless servces}}{{/unless}}', '1:11 the view has no "servces"'],
    ['{{#with servces}}{{/with}}', '1:9 the view has no "servces"'],
    ['{{#if a}}{{else if servces}}{{/if}}', '1:7 the view has no "a"'],
    ['{{#if true}}{{else if servces}}{{/if}}', '1:23 the view has no "servces"'],
    ['{{#if (eq target.nme "x")}}{{/if}}', '1:11 target has no "nme"'],
    ['{{#if (not (eq target.nme "x"))}}{{/if}}', '1:16 target has no "nme"'],
    ['{{default vars.prefix servces}}', '1:23 the view has no "servces"'],
    ['{{#each services}}{{nme}}{{/each}}', '1:21 Service has no "nme"'],
    ['{{#each services}}{{#each instances}}{{metdata.x}}{{/each}}{{/each}}', '1:40 Instance has no "metdata"'],
    ['{{#each services}}{{#each instances}}{{../nme}}{{/each}}{{/each}}', '1:40 Service has no "nme"'],
    ['{{#each services}}{{#each instances}}{{../../target.nme}}{{/each}}{{/each}}', '1:40 target has no "nme"'],
    ['{{#each services}}{{../../target.name}}{{/each}}', '1:21 "../../target.name" leads out of the template'],
    ['{{#each services}}{{@root.servces}}{{/each}}', '1:21 the view has no "servces"'],
    ['{{#each services}}{{@indx}}{{/each}}', '1:21 there is no @indx'],
    ['{{@index}}', '1:3 @index outside {{#each}}'],
    ['{{#each services}}{{@../index}}{{/each}}', '1:21 @index outside {{#each}}'],
    ['{{@partial-block}}', '1:3 there is no @partial-block'],
    ['{{@_parent}}', '1:3 there is no @_parent'],
    ['{{#each services as |s i|}}{{s.nme}}{{/each}}', '1:30 Service has no "nme"'],
    ['{{#each services as |s i|}}{{#each s.instnces}}{{/each}}{{/each}}', '1:36 Service has no "instnces"'],
    ['{{#each services as |s i|}}{{i.x}}{{/each}}', '1:30 i is a number and has no "x"'],
    ['{{#each services as |a b c|}}{{/each}}', '1:1 #each gives 2 block parameters, not 3'],
    ['{{#with target as |t|}}{{t.nme}}{{/with}}', '1:26 target has no "nme"'],
    ['{{#with (service "web")}}{{nme}}{{/with}}', '1:28 Service has no "nme"'],
    ['{{#with target}}{{nme}}{{else}}{{servces}}{{/with}}', '1:19 target has no "nme"'],
    ['{{#each services}}{{else}}{{servces}}{{/each}}', '1:29 the view has no "servces"'],
    ['{{#each services}}{{this.nme}}{{./nme}}{{/each}}', '1:21 Service has no "nme"'],
    ['{{services.0.nme}}', '1:3 Service has no "nme"'],
    ['{{services.first}}', '1:3 services is a list of Service and has no "first"'],
    ['{{target.name.length}}', '1:3 target.name is text and has no "length"'],
    ['{{#each kv.pairs}}{{ky}}{{/each}}', '1:21 Pair has no "ky"'],
    ['{{kv.tree.setings.x}}', '1:3 kv.tree has no "setings"'],
    ['{{vars.prefx}}', '1:3 vars has no "prefx"'],
    ['{{vars.deep.re}}', '1:3 vars.deep has no "re"'],
    ['{{default vars.nope "x"}}', '1:11 vars has no "nope"'],
    ['{{env.REGIN}}', '1:3 env has no "REGIN"'],
    ['{{lookup target "nme"}}', '1:1 target has no field "nme"'],
    ['{{toString}}', '1:3 the view has no "toString"'],
    ['{{constructor.constructor}}', '1:3 the view has no "constructor"'],
    ['{{__proto__.x}}', '1:3 the view has no "__proto__"'],
    ['{{#each services}}{{hasOwnProperty}}{{/each}}', '1:21 Service has no "hasOwnProperty"'],
  ])('%s', (text, first) => {
    expect(briefly(text, { known })[0]).toBe(first);
  });

  test('are not checked where the config is not known', () => {
    expect(briefly('{{vars.anything.at.all}}{{env.ANY}}{{kv.tree.some.thing}}')).toEqual([]);
  });

  test.each([
    ['{{#each servces}}{{/each}}', 'Did you mean services?'],
    ['{{#each services}}{{instance}}{{/each}}', 'Did you mean instances?'],
    [
      '{{#each services}}{{end}}{{/each}}',
      'Write {{/each}}, {{/if}} or {{/with}}: the name of the block that it ends.',
    ],
    ['{{range services}}', 'Write {{#each services}} … {{/each}}.'],
    [
      '{{getvs "/a/*"}}',
      'Go templates have getvs. Write (sortBy (getAll pattern) "value"), with key and value here: see docs/helpers.md.',
    ],
    [
      '{{#each services}}{{#each instances}}{{expected}}{{/each}}{{/each}}',
      'Write ../expected, which is one of Service.',
    ],
    ['{{#each services}}{{target.name}}{{/each}}', 'Write ../target, which is one of the view.'],
    [
      '{{vars.weight}}',
      `Set it in the config (vars: {weight: …}), or declare a default in the template's head comment: vars.weight = "".`,
    ],
    ['{{env.HOME}}', 'Add it to the config: env: [HOME].'],
    ['{{env "REGON"}}', 'Did you mean REGION?'],
  ])('%s hints: %s', (text, hint) => {
    expect(problemsOf(text, { known })[0]?.hint).toBe(hint);
  });

  test('all wrong ones are reported at once, in order, with the line and a caret', () => {
    const text = '{{#each services}}\n\t{{nme}} {{expectd}}\n{{/each}}\n{{traget.name}}\n';
    const problems = problemsOf(text);
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 4],
      [2, 12],
      [4, 3],
    ]);
    expect(problems[0]?.excerpt).toBe('2 | \t{{nme}} {{expectd}}\n  | \t  ^');
    expect(problems[0]?.file).toBe('t.hbs');
  });

  test('a field wins over a helper of the same name', () => {
    expect(briefly('{{#each services}}{{#each instances}}{{service}}{{/each}}{{/each}}')).toEqual([]);
  });
});

describe('calls', () => {
  test.each([
    ['{{eq target.name}}', '1:1 eq takes 2 arguments, not 1'],
    ['{{default}}', '1:1 default takes 2 arguments, not 0'],
    ['{{not 1 2}}', '1:1 not takes 1 argument, not 2'],
    ['{{#if (and true)}}{{/if}}', '1:7 and takes 2 or more arguments, not 1'],
    ['{{foo 1}}', '1:3 there is no helper "foo"'],
    ['{{#if (fo)}}{{/if}}', '1:8 there is no helper "fo"'],
    ['{{requird target.name "x"}}', '1:3 there is no helper "requird"'],
    ['{{log "x"}}', '1:3 there is no helper "log"'],
    ['{{helperMissing 1}}', '1:3 there is no helper "helperMissing"'],
    ['{{eachInstance 1}}', '1:3 there is no helper "eachInstance"'],
    ['{{target 1}}', '1:3 target is a value and takes no arguments'],
    ['{{if target}}', "1:1 {{if …}} begins a block in Go's templates"],
    ['{{#if}}{{/if}}', '1:1 #if takes one argument, not 0'],
    ['{{#if a=1}}{{/if}}', '1:1 #if takes one argument, not 0'],
    ['{{#if true includeZro=true}}{{/if}}', '1:12 #if takes no "includeZro="'],
    ['{{eq 1 2 x=3}}', '1:10 eq takes no "x="'],
    ['{{#services}}{{/services}}', '1:1 there is no block "services"'],
    ['{{#blockHelperMissing}}{{/blockHelperMissing}}', '1:1 there is no block "blockHelperMissing"'],
    ['{{#eachService services}}{{/eachService}}', '1:1 there is no block "eachService"'],
    ['{{#eech services}}{{/eech}}', '1:1 there is no block "eech"'],
    ['{{#default 1 2}}{{/default}}', '1:1 there is no block "default"'],
    ['{{^services}}x{{/services}}', '1:1 there is no block "services"'],
    ['{{{{raw}}}}{{x}}{{{{/raw}}}}', '1:1 there is no block "raw"'],
    ['{{join target.name ","}}', '1:8 join takes a list for its list, not text'],
    ['{{join services ","}}', '1:1 join takes a list of text or numbers, not a list of Service'],
    ['{{env target.name}}', '1:7 env takes text in quotes for its name, not text'],
    ['{{env "HOME"}}', '1:1 the config\'s env does not allow "HOME"'],
    ['{{#each target}}{{/each}}', '1:9 this is target, and {{#each}} needs a list or a map'],
    ['{{#each target.name}}{{/each}}', '1:9 this is text, and {{#each}} needs a list or a map'],
    ['{{services}}', '1:1 this is a list of Service, which cannot be written in text'],
    ['{{service "web"}}', '1:1 this is Service, or nothing'],
    ['{{#if (eq target.name 1)}}{{/if}}', '1:7 text never equals a number'],
    [
      '{{#each services}}{{#each (reject instances sttus="x")}}{{/each}}{{/each}}',
      '1:27 Instance has no field "sttus"',
    ],
    [
      '{{#each services}}{{#each (reject instances port="80")}}{{/each}}{{/each}}',
      '1:27 "port" is a number, never text',
    ],
    ['{{"services"}}', '1:1 a literal is in place of a name'],
    ['{{* foo}}', '1:1 the only decorator is {{#*inline "name"}}'],
    ['{{#*foo "x"}}{{/foo}}', '1:1 the only decorator is {{#*inline "name"}}'],
  ])('%s', (text, first) => {
    expect(briefly(text, { known })[0]).toBe(first);
  });
});

describe('partials', () => {
  const partials = { line: '{{name}}={{port}}', root: '{{target.nme}}', open: '"{{target.name}}' };
  test.each([
    ['{{> lin}}', '1:5 there is no partial "lin"'],
    ['{{> (lookup target "name")}}', '1:1 the name of a partial must be literal'],
    ['{{#> line}}x{{/line}}', '1:1 a partial takes no block'],
    ['{{> @partial-block}}', '1:1 the name of a partial must be literal'],
    ['{{> line servces}}', '1:10 the view has no "servces"'],
    ['{{> line name=servces port=1}}', '1:15 the view has no "servces"'],
    [
      '{{#*inline "x"}}{{servces}}{{/inline}}{{> x}}',
      '1:19 the view has no "servces" (in the partial as t.hbs:1:39 calls it)',
    ],
    ['{{#*inline "x"}}{{servces}}{{/inline}}', '1:1 the inline partial "x" is never called'],
    [
      '{{#*inline "x"}}{{../target}}{{/inline}}{{#with target}}{{> x}}{{/with}}',
      '1:19 "../target" leads out of the partial (in the partial as t.hbs:1:57 calls it)',
    ],
    [
      '{{#*inline "x"}}{{s.name}}{{/inline}}{{#each services as |s|}}{{> x}}{{/each}}',
      '1:19 Service has no "s" (in the partial as t.hbs:1:63 calls it)',
    ],
  ])('%s', (text, first) => {
    expect(briefly(text, { known, partials })[0]).toBe(first);
  });

  test('are checked in the context that each call gives them', () => {
    expect(briefly('{{#each services}}{{#each instances}}{{> line name=id}}{{/each}}{{/each}}', { partials })).toEqual(
      [],
    );
    const [problem] = problemsOf('{{#each services}}{{> line}}{{/each}}', { partials });
    expect(problem).toMatchObject({ file: 'line', line: 1, column: 12 });
    expect(problem?.message).toBe('Service has no "port" (in the partial as t.hbs:1:19 calls it)');
  });

  test('that are never called are not checked: another template may call them', () => {
    expect(briefly('x', { partials })).toEqual([]);
  });

  test('may call themselves, and stop at what never repeats', () => {
    const tree = { node: '{{#each this}}{{@key}} {{> node this}}{{/each}}' };
    expect(briefly('{{> node kv.tree}}', { partials: tree })).toEqual([]);
    const growing = { node: '{{#if target}}{{> node deep=this}}{{/if}}' };
    expect(briefly('{{> node}}', { partials: growing }).at(-1)).toMatch(
      /the partial "node" calls itself with more values each time/,
    );
  });
});

/** A template with a name in every possible position. */
const everything = `{{!-- vars.mode = "a" --}}
{{#*inline "row"}}{{label}}: {{host}}:{{port}} {{@root.target.name}} {{@key}}{{/inline}}
{{target.name}} {{vars.prefix}} {{env.REGION}} {{env "REGION"}} {{{vars.mode}}}
{{#each services as |service index|}}
{{service.name}} {{index}} {{name}} {{this.expected}} {{./expected}} {{@index}} {{@first}} {{@root.vars.prefix}}
{{#if (and expected (not (eq name "x")) (or instances ../services))}}a{{else if instances.length}}b{{else}}{{name}}{{/if}}
{{#unless @last}}{{join @root.vars.names ","}}{{/unless}}
{{#each (reject instances status="critical" family="name") as |instance|}}
{{default metadata.zone instance.zone}} {{required metadata.path "no path"}} {{lookup metadata ../name}} {{../name}}
{{#with (service instance.service)}}{{instances.0.address}}{{else}}{{../../target.name}}{{/with}}
{{> row label=instance.id}}
{{#each metadata}}{{@key}}={{this}}{{/each}}
{{#each tags as |tag|}}{{tag}}{{/each}}
{{else}}{{expected}}{{/each}}
{{/each}}
{{#each kv.pairs}}{{key}}{{value}}{{/each}}{{#each kv.tree.settings}}{{@key}}{{/each}}
{{> file target as=vars.prefix}}
`;
const settings: Options = {
  known: { ...known, vars: { prefix: 'p', names: ['a'] } },
  partials: { file: '{{name}} {{as}}' },
};

describe('a typo in any position', () => {
  test('does not exist in the valid template', () => {
    expect(briefly(everything, settings)).toEqual([]);
  });

  /** Every word in a tag that names something: not literals, keywords or the names of keys that it defines itself. */
  const words: { start: number; end: number; word: string }[] = [];
  for (const tag of everything.matchAll(/\{\{+(?!!)([^}]*)\}\}/g)) {
    const inside = (tag[1] ?? '').replace(/"[^"]*"/g, (text) => (text === '"REGION"' ? text : ' '.repeat(text.length)));
    for (const found of inside.matchAll(/[A-Za-z]+/g)) {
      const start = tag.index + tag[0].indexOf(tag[1] ?? '') + found.index;
      const after = inside.slice(found.index + found[0].length);
      const before = inside.slice(0, found.index);
      const defines = /\|[^|]*$/.test(before) && /^[^|]*\|/.test(after);
      const free = /(metadata|settings)\.$/.test(before);
      const hashOfPartial = inside.startsWith('>') && after.startsWith('=');
      if (defines || free || hashOfPartial || /^(else|as|inline|this)$/.test(found[0])) continue;
      words.push({ start, end: start + found[0].length, word: found[0] });
    }
  }

  test('is found where it is', () => {
    expect(words.length).toBeGreaterThan(80);
    const letter = fc.constantFrom('q', 'x', 'z', 'Q', '7');
    const edit = fc.record({
      word: fc.constantFrom(...words),
      at: fc.nat(30),
      letter,
      kind: fc.constantFrom('replace', 'insert'),
    });
    fc.assert(
      fc.property(edit, ({ word, at, letter: added, kind }) => {
        const offset = word.start + (at % word.word.length);
        const rest = everything.slice(offset + (kind === 'replace' ? 1 : 0));
        const mutated = everything.slice(0, offset) + added + rest;
        const line = everything.slice(0, word.start).split('\n').length;
        const lineStart = everything.lastIndexOf('\n', word.start - 1) + 1;
        const problems = problemsOf(mutated, settings);
        fc.pre(mutated !== everything);
        expect(problems.length, `${word.word} at ${offset}`).toBeGreaterThan(0);
        // The path or call that the word is part of begins at or before it; two ends of a block name each other.
        const near = problems.some(
          (problem) =>
            (problem.line === line && problem.column <= word.end - lineStart + 1) ||
            problem.message.includes(` of line ${line} `),
        );
        expect(near, JSON.stringify(problems)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
