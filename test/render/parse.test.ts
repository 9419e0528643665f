import { expect, test } from 'vitest';
import { problemsOf } from './views.js';

test.each([
  [
    '{{#each services}}\n{{name}}{{/each}}}',
    2,
    16,
    'the tag ends with three closing braces, but it began with two',
    'a blank or a line break',
  ],
  ['a {{{target.name}} b', 1, 17, 'the tag ends with two closing braces, but it began with three', '`}}}`'],
  ['x\n{{#each services}}\n {{#if name}}\n{{/if}}', 2, 1, '{{#each}} is never closed', '{{/each}}'],
  ['x {{! {{#if a}} }}{{#with target}}', 1, 19, '{{#with}} is never closed', '{{/with}}'],
  ['{{#if target}}\n{{/each}}', 2, 1, '{{#if}} of line 1 is closed by {{/each}}', '{{/if}}'],
  ['{{/if}}', 1, 1, 'this tag closes a block that is not open', ''],
  ['a\n{{else}}', 2, 1, '{{else}} is outside a block', ''],
  ['a {{target.name', 1, 3, 'the tag is never closed', '}}'],
  ['a\n{{! comment\n', 2, 1, 'the comment is never closed', '}}'],
  ['{{target."x}}', 1, 10, 'this character is not allowed in a tag', 'brackets'],
  ['{{}}', 1, 3, 'the tag ends too early', ''],
  ['{{.Name}}', 1, 1, "a field with a leading dot is the syntax of Go's templates", '{{name}}'],
  ['{{/name}}', 1, 1, 'this tag closes a block that is not open', ''],
  ['{{default target.name=}}', 1, 22, 'this is not expected here (equals)', ''],
  ['{{target/../name}}', 1, 3, 'Invalid path: target/..', ''],
  ['{{#eech services}}{{/each}}', 1, 4, 'there is no block "eech"', 'Did you mean each?'],
])('%j', (text, line, column, message, hint) => {
  const [problem] = problemsOf(text);
  expect(problem).toMatchObject({ file: 't.hbs', line, column, message });
  expect(problem?.hint ?? '').toContain(hint);
  expect(problem?.excerpt.split('\n')[0]).toContain(text.split('\n')[line - 1]);
});

test('a partial that does not parse is reported in its own file', () => {
  const [problem] = problemsOf('{{> bad}}', { partials: { bad: 'x\n{{#if}' } });
  expect(problem).toMatchObject({ file: 'bad', line: 2 });
});
