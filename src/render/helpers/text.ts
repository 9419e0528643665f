import { boolean, string } from '../types.js';
import { defineHelper, numeric, optional, scalar, text } from './define.js';
import type { Call, PureHelper } from './helper.js';

/** Longest text that a helper makes, in UTF-16 code units. Values of etcd are smaller. */
export const longestText = 4 * 1024 * 1024;

function change(name: string, doc: string, example: string, run: (text: string) => string): PureHelper {
  return defineHelper({
    name,
    parameters: [text('text')],
    doc,
    example,
    returns: () => string,
    run: ([value]) => run(value),
  });
}

export const upper = change(
  'upper',
  'The text in capital letters, independent of the locale.',
  '{{upper name}}',
  (one) => one.toUpperCase(),
);
export const lower = change('lower', 'The text in small letters, independent of the locale.', '{{lower name}}', (one) =>
  one.toLowerCase(),
);
export const capitalize = change(
  'capitalize',
  'The text with a capital first letter.',
  '{{capitalize name}}',
  (one) => {
    const [head = ''] = one;
    return head.toUpperCase() + one.slice(head.length);
  },
);
export const trim = change('trim', 'The text without white space at both ends.', '{{trim metadata.path}}', (one) =>
  one.trim(),
);
export const basename = change('basename', 'The last segment of a path.', '{{basename key}}', (path) => {
  const end = endOf(path);
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
});
export const dirname = change(
  'dirname',
  'A path without its last segment: `/a/b` for `/a/b/c`, `.` for a path with one segment.',
  '{{dirname key}}',
  (path) => {
    const slash = path.lastIndexOf('/', endOf(path) - 1);
    if (slash < 0) return '.';
    return path.slice(0, endOf(path.slice(0, slash))) || '/';
  },
);

/** The end of a path, without slashes at its end. */
function endOf(path: string): number {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return end;
}

function question(
  name: string,
  doc: string,
  example: string,
  run: (text: string, part: string) => boolean,
): PureHelper {
  return defineHelper({
    name,
    parameters: [text('text'), text('part')],
    doc,
    example,
    returns: () => boolean,
    run: ([value, part]) => run(value, part),
  });
}

export const startsWith = question(
  'startsWith',
  'True when the text begins with the part.',
  '{{#if (startsWith name "api-")}}…{{/if}}',
  (one, part) => one.startsWith(part),
);
export const endsWith = question(
  'endsWith',
  'True when the text ends with the part.',
  '{{#if (endsWith name "-canary")}}…{{/if}}',
  (one, part) => one.endsWith(part),
);

function strip(name: string, doc: string, example: string, run: (text: string, part: string) => string): PureHelper {
  return defineHelper({
    name,
    parameters: [text('text'), text('part')],
    valueFirst: true,
    doc,
    example,
    returns: () => string,
    run: ([value, part]) => run(value, part),
  });
}

export const trimPrefix = strip(
  'trimPrefix',
  'The text without the part at its beginning; unchanged when it does not begin with the part.',
  '{{trimPrefix key "/services/"}}',
  (one, part) => (one.startsWith(part) ? one.slice(part.length) : one),
);
export const trimSuffix = strip(
  'trimSuffix',
  'The text without the part at its end; unchanged when it does not end with the part.',
  '{{trimSuffix address ".example.com"}}',
  (one, part) => (one.endsWith(part) ? one.slice(0, one.length - part.length) : one),
);

export const replace = defineHelper({
  name: 'replace',
  parameters: [text('text'), text('search'), text('replacement')],
  valueFirst: true,
  doc: 'The text with every occurrence of `search` replaced. `search` is literal text, not a pattern.',
  example: '{{replace name "." "_"}}',
  returns: () => string,
  run: ([value, search, replacement], call) => {
    if (search === '') return call.fail('replace takes something to search for, not the empty text');
    const pieces = value.split(search);
    checkLength(value.length + (pieces.length - 1) * replacement.length, call);
    return pieces.join(replacement);
  },
});

export const split = defineHelper({
  name: 'split',
  parameters: [text('text'), text('separator')],
  valueFirst: true,
  doc: 'A list of the parts between the separators. The empty text gives an empty list.',
  example: '{{#each (split metadata.aliases ",")}}{{trim this}} {{/each}}',
  returns: () => ({ kind: 'list', of: string }),
  run: ([value, separator], call) => {
    if (separator === '') return call.fail('split takes a separator, not the empty text');
    return value === '' ? [] : value.split(separator);
  },
});

export const substring = defineHelper({
  name: 'substring',
  parameters: [text('text'), numeric('from'), optional(numeric('to'))],
  doc: 'The characters from index `from` (the first is 0) up to index `to`, without the character at `to`. Without `to`: all characters from `from` on.',
  example: '{{substring id 0 8}}',
  returns: () => string,
  run: ([value, from, to], call) => {
    if ([from, to ?? 0].some((at) => !Number.isSafeInteger(at) || at < 0))
      return call.fail('substring takes whole numbers from 0');
    return Array.from(value).slice(from, to).join('');
  },
});

export const padStart = defineHelper({
  name: 'padStart',
  parameters: [scalar('value'), numeric('length'), text('filler')],
  doc: 'The value with the filler character repeated before it, up to a total of `length` characters. `length` is at most 1000.',
  example: '{{padStart @index 3 "0"}}',
  returns: () => string,
  run: ([value, length, filler], call) => padded('padStart', String(value), length, filler, call) + String(value),
});

export const indent = defineHelper({
  name: 'indent',
  parameters: [text('text'), numeric('count')],
  doc: 'The text with `count` blanks (at most 1000) before each line that is not empty. Write it with `{{{ }}}`, because `{{ }}` escapes or refuses line breaks.',
  example: '{{{indent vars.snippet 4}}}',
  returns: () => string,
  run: ([value, blanks], call) => {
    const margin = padded('indent', '', blanks, ' ', call);
    const lines = value.split('\n');
    checkLength(value.length + lines.length * margin.length, call);
    return lines.map((line) => (line.trim() === '' ? line : margin + line)).join('\n');
  },
});

function padded(name: string, value: string, length: number, filler: string, call: Call): string {
  if (!Number.isInteger(length) || length < 0 || length > 1000)
    return call.fail(`${name} takes a whole number from 0 to 1000`);
  if (Array.from(filler).length !== 1) return call.fail(`${name} fills with one character`);
  return filler.repeat(Math.max(0, length - Array.from(value).length));
}

function checkLength(length: number, call: Call): void {
  if (length > longestText) call.fail('the text would be longer than 4 MiB');
}
