import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findTags } from '../../../src/render/go/tags.js';
import { problemsOf } from '../views.js';

/** `line:column hint` of each problem. */
function hintsOf(text: string): readonly string[] {
  return problemsOf(text).map(({ line, column, hint = '' }) => `${line}:${column} ${hint}`);
}

describe('a tag of a Go template is explained by its replacement', () => {
  test.each([
    ['{{range gets "/shop/*"}}', 'Write {{#each (getAll "/shop/*")}} … {{/each}}.'],
    ['{{range getvs "/shop/*"}}', 'Write {{#each (sortBy (getAll "/shop/*") "value")}} … {{/each}}.'],
    ['{{range $i, $e := ls "/shop"}}', 'Write {{#each (ls "/shop") as |e i|}} … {{/each}}.'],
    ['{{range $_, $e := services}}', 'Write {{#each services as |e|}} … {{/each}}.'],
    ['{{range $dir := lsdir "/services"}}', 'Write {{#each (lsdir "/services") as |dir|}} … {{/each}}.'],
    ['{{range .Items}}', 'Write {{#each Items}} … {{/each}}.'],
    ['{{range $data.animals}}', 'Write {{#each data.animals}} … {{/each}}.'],
    ['{{- range services -}}', 'Write {{#each services}} … {{/each}}.'],
    ['{{if exists "/shop/debug"}}', 'Write {{#if (exists "/shop/debug")}} … {{/if}}.'],
    ['{{if eq .Name "web"}}', 'Write {{#if (eq name "web")}} … {{/if}}.'],
    ['{{if and (exists "/a") (not .Tags)}}', 'Write {{#if (and (exists "/a") (not tags))}} … {{/if}}.'],
    ['{{with $x := key "config/a"}}', 'Write {{#with (get "config/a") as |x|}} … {{/with}}.'],
    ['{{with get "/key"}}', 'Write {{#with (get "/key")}} … {{/with}}.'],
    [
      '{{$data := json .Value}}',
      'Write {{#let (parseJson value) as |data|}} … {{/let}} around its uses, and {{data}} for the value.',
    ],
    [
      '{{ $url := split (getv "/deis/service") ":" }}',
      'Write {{#let (split (get "/deis/service") ":") as |url|}} … {{/let}} around its uses, and {{url}} for the value.',
    ],
    [
      '{{$n = add $n 1}}',
      'A name keeps its value here. Choose with (or …), (default …) or {{#if}}, and use @first, @last and @index in loops.',
    ],
    ['{{define "server"}}', 'Write {{#*inline "server"}} … {{/inline}}, and call it with {{> name}}.'],
    ['{{template "server" .}}', 'Write {{> server}}.'],
    ['{{template "server" $x.Backend}}', 'Write {{> server x.Backend}}.'],
    ['{{.Value}}', 'Write {{value}}.'],
    ['{{$data.IP}}', 'Write {{data.IP}}.'],
    ['{{$name}}', 'Write {{name}}.'],
    ['{{getv "/k" | toUpper}}', 'Write {{upper (get "/k")}}.'],
    ['{{.Key | replaceAll "/" "."}}', 'Write {{replace key "/" "."}}.'],
    ['{{key "a" | split "," | join ";"}}', 'Write {{join (split (get "a") ",") ";"}}.'],
    ['{{getv (printf "/f/%s" .)}}', ''],
    ['{{range gets (printf "/s/%s/*" $dir)}}', 'Write {{#each (getAll (concat "/s/" dir "/*"))}} … {{/each}}.'],
    ['{{keyOrDefault "a" "10" | toInt}}', 'Write {{toInt (default (get "a") "10")}}.'],
    ['{{`raw`}}', 'Write {{"raw"}}.'],
    ['{{/* a comment */}}', 'Write {{! … }}, or {{!-- … --}} around braces.'],
    ['{{- /* a comment */ -}}', 'Write {{! … }}, or {{!-- … --}} around braces.'],
    ['{{- name -}}', 'Write {{name}} alone on its line, which writes no empty line, or {{~name~}}.'],
    ['{{end}}', 'Write {{/each}}, {{/if}} or {{/with}}: the name of the block that it ends.'],
    ['{{break}}', 'Choose the items before the loop, with (filter …), (reject …) or (limit …), or use {{#if}} in it.'],
  ])('%s: %s', (tag, hint) => {
    const [problem, ...others] = problemsOf(`a\n  ${tag}\n`);
    if (hint === '') return;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ file: 't.hbs', line: 2, column: 3, hint });
    expect(problem?.message).not.toMatch(/got|expect|invalid|close_|sep/i);
    expect(problem?.excerpt).toContain(tag);
  });
});

test('a whole template is explained tag by tag, each {{end}} with the block that it ends', () => {
  const text = [
    '{{/* shop */}}',
    '{{range $dir := lsdir "/services"}}',
    'upstream {{base $dir}} {',
    '{{- if exists "/x"}}',
    '{{else if eq .Name "b"}}',
    '{{else}}',
    '{{end}}',
    '{{end}}',
  ].join('\n');
  expect(hintsOf(text)).toEqual([
    '1:1 Write {{! … }}, or {{!-- … --}} around braces.',
    '2:1 Write {{#each (lsdir "/services") as |dir|}} … {{/each}}.',
    '3:10 Write {{basename dir}}.',
    '4:1 Write {{#if (exists "/x")}} … {{/if}}.',
    '5:1 Write {{else if (eq name "b")}}.',
    '7:1 Write {{/if}}, which ends the {{if …}} of line 4.',
    '8:1 Write {{/each}}, which ends the {{range …}} of line 2.',
  ]);
});

test.each([
  // Mistakes of Handlebars keep their own explanations.
  ['{{#each services as |s|}}{{s.nme}}{{/each}}', 'Service has no "nme"'],
  ['{{#each services as |s|}}{{s.name}}', '{{#each}} is never closed'],
  ['{{! range .y | z }}{{servces}}', 'the view has no "servces"'],
  ['{{!-- {{$x := 1}} --}}{{servces}}', 'the view has no "servces"'],
  ['\\{{.Value | x}}{{servces}}', 'the view has no "servces"'],
  ['{{replace target.name "|" "$"}}{{servces}}', 'the view has no "servces"'],
  ['{{default vars.end "."}}{{servces}}', 'the view has no "servces"'],
  ['{{#each services}}{{../target.nme}}{{/each}}', 'target has no "nme"'],
])('%s: %s', (text, message) => {
  expect(problemsOf(text).map((problem) => problem.message)).toEqual([message]);
});

test('a valid template with names of Go has no problem', () => {
  const known = { vars: { end: 'x', $x: 'y', range: 'z' } };
  expect(problemsOf('{{vars.end}}{{#with vars}}{{end}}{{$x}}{{range}}{{/with}}', { known })).toEqual([]);
});

test('a partial is explained in its own file', () => {
  const [problem] = problemsOf('{{> bad}}', { partials: { bad: 'x\n{{.Value}}' } });
  expect(problem).toMatchObject({ file: 'bad', line: 2, column: 1, hint: 'Write {{value}}.' });
});

test('any text is read to its end, in order, without an error', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{{!--',
    '--}}',
    '{{/*',
    '*/',
    '"',
    '`',
    '|',
    '$x',
    ':=',
    '.Y',
    ' ',
    '\n',
    '-',
    'range',
    'end',
    '\\',
    '(',
    ')',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      let before = 0;
      for (const { at, end } of findTags(text)) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(at);
        before = end;
      }
      for (const { line, column, message } of problemsOf(text)) {
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
    }),
    { numRuns: 500 },
  );
});

test('a huge template of Go is explained in a moment, as far as fifty tags', () => {
  const started = performance.now();
  expect(problemsOf('{{range gets "/a"}}{{.Value}}\n{{end}}\n'.repeat(3000))).toHaveLength(50);
  expect(performance.now() - started).toBeLessThan(5000);
});
