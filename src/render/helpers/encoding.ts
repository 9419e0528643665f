import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { any, string } from '../types.js';
import { anything, defineHelper, text } from './define.js';
import type { Call } from './helper.js';

/** What parsers and writers go into without fear for the stack. */
const deepest = 100;

export const json = defineHelper({
  name: 'json',
  parameters: [anything('value')],
  doc: 'Any value as JSON in one line, as text. A template that writes JSON does not need it: its dialect writes any value that stands in its place.',
  example: 'CONFIG={{json metadata}}',
  returns: () => string,
  run: ([value], call) => {
    checkPlain(value, call);
    // What some reader takes for the end of a line is spelled as an escape.
    return JSON.stringify(value).replace(
      /[\x7f-\x9f\u2028\u2029]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  },
});

export const parseJson = defineHelper({
  name: 'parseJson',
  parameters: [text('text')],
  doc: 'The value that a JSON text means; text that is no JSON is rejected. The template is not checked beyond it: ask for what may be missing.',
  example: '{{#with (parseJson (get "/config/limits"))}}{{rate}}{{/with}}',
  returns: () => any,
  run: ([value], call) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      return call.fail('the text is no JSON');
    }
    checkPlain(parsed, call);
    return parsed;
  },
});

export const yaml = defineHelper({
  name: 'yaml',
  parameters: [anything('value')],
  doc: 'Any value as YAML in block style, as text of one or more lines. For `{{{ }}}`, with `indent`; a single value is written by `{{ }}` in the dialect yaml.',
  example: '{{{indent (yaml vars) 2}}}',
  returns: () => string,
  run: ([value], call) => {
    checkPlain(value, call);
    return stringify(value, unsignedZero, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
  },
});

/** JSON has no negative zero either: what a number says does not depend on the helper that writes it. */
const unsignedZero = (_key: unknown, value: unknown): unknown => (value === 0 ? 0 : value);

export const base64 = defineHelper({
  name: 'base64',
  parameters: [text('text')],
  doc: 'The text, in UTF-8, as base64 (RFC 4648 section 4).',
  example: '{{base64 metadata.token}}',
  returns: () => string,
  run: ([value], call) => bytesOf(value, call).toString('base64'),
});

export const base64Decode = defineHelper({
  name: 'base64Decode',
  parameters: [text('text')],
  doc: 'The text that base64 means, with or without `=` at its end; what is no base64 of UTF-8 is rejected.',
  example: '{{base64Decode metadata.motd}}',
  returns: () => string,
  run: ([value], call) => {
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64').replace(/=+$/, '') !== value.replace(/={1,2}$/, ''))
      return call.fail('the text is no base64');
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return call.fail('what the base64 means is no UTF-8 text');
    }
  },
});

export const sha256 = defineHelper({
  name: 'sha256',
  parameters: [text('text')],
  doc: 'The SHA-256 of the text in UTF-8, as 64 hexadecimal digits.',
  example: '{{substring (sha256 id) 0 12}}',
  returns: () => string,
  run: ([value], call) => createHash('sha256').update(bytesOf(value, call)).digest('hex'),
});

export const urlEncode = defineHelper({
  name: 'urlEncode',
  parameters: [text('text')],
  doc: "The text as a part of a URL: all but letters, digits and `-_.!~*'()` as `%XX` of its UTF-8.",
  example: '{{urlEncode name}}',
  returns: () => string,
  run: ([value], call) => {
    bytesOf(value, call);
    return encodeURIComponent(value);
  },
});

/** @returns UTF-8, which cannot carry half characters. */
function bytesOf(value: string, call: Call): Buffer {
  return /\p{Surrogate}/u.test(value) ? call.fail('the text is not valid Unicode') : Buffer.from(value);
}

/** Rejects what neither JSON nor YAML spells, and what is nested so deep that only an attacker can mean it. */
function checkPlain(value: unknown, call: Call, depth = 0): void {
  if (typeof value === 'number' && !Number.isFinite(value)) call.fail('there is no spelling for infinite numbers');
  if (typeof value !== 'object' || value === null) return;
  if (depth === deepest) call.fail(`the value is nested deeper than ${deepest} levels`);
  for (const inner of Object.values(value)) checkPlain(inner, call, depth + 1);
}
