import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { any, string } from '../types.js';
import { anything, defineHelper, text } from './define.js';
import type { Call } from './helper.js';

/** The deepest nesting that is read or written, so that recursion cannot overflow the stack. */
const maxDepth = 100;

export const json = defineHelper({
  name: 'json',
  parameters: [anything('value')],
  doc: 'Any value as JSON in one line, as text. A template in the dialect `json` does not need it: there `{{value}}` writes any value as JSON.',
  example: 'CONFIG={{json metadata}}',
  returns: () => string,
  run: ([value], call) => {
    checkPlain(value, call);
    // Some readers treat these characters as line ends, so they are written as escapes.
    return JSON.stringify(value).replace(
      /[\x7f-\x9f\u2028\u2029]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  },
});

export const parseJson = defineHelper({
  name: 'parseJson',
  parameters: [text('text')],
  doc: 'The value of a JSON text; a text that is not JSON is rejected. The lint does not know the fields of the value: test fields that may be missing.',
  example: '{{#with (parseJson (get "/config/limits"))}}{{rate}}{{/with}}',
  returns: () => any,
  run: ([value], call) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      return call.fail('the text is not JSON');
    }
    checkPlain(parsed, call);
    return parsed;
  },
});

export const yaml = defineHelper({
  name: 'yaml',
  parameters: [anything('value')],
  doc: 'Any value as YAML in block style, as text of one or more lines. Write it with `{{{ }}}` and `indent`. For a single value, use `{{ }}` in the dialect `yaml`.',
  example: '{{{indent (yaml vars) 2}}}',
  returns: () => string,
  run: ([value], call) => {
    checkPlain(value, call);
    return stringify(value, unsignedZero, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
  },
});

/** JSON.stringify writes negative zero as 0. YAML does the same here, so both helpers write the same number. */
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
  doc: 'The text of a base64 value, with or without `=` at its end; a value that is not base64 of UTF-8 text is rejected.',
  example: '{{base64Decode metadata.motd}}',
  returns: () => string,
  run: ([value], call) => {
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64').replace(/=+$/, '') !== value.replace(/={1,2}$/, ''))
      return call.fail('the text is not base64');
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return call.fail('the decoded bytes are not UTF-8 text');
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
  doc: "The text as a part of a URL: all characters but letters, digits and `-_.!~*'()` become `%XX` of their UTF-8 bytes.",
  example: '{{urlEncode name}}',
  returns: () => string,
  run: ([value], call) => {
    bytesOf(value, call);
    return encodeURIComponent(value);
  },
});

/** The text as UTF-8. Rejects lone surrogates, which UTF-8 cannot encode. */
function bytesOf(value: string, call: Call): Buffer {
  return /\p{Surrogate}/u.test(value) ? call.fail('the text is not valid Unicode') : Buffer.from(value);
}

/** Rejects infinite numbers, which JSON and YAML cannot write, and values that are nested too deeply. */
function checkPlain(value: unknown, call: Call, depth = 0): void {
  if (typeof value === 'number' && !Number.isFinite(value)) call.fail('an infinite number cannot be written');
  if (typeof value !== 'object' || value === null) return;
  if (depth === maxDepth) call.fail(`the value is nested deeper than ${maxDepth} levels`);
  for (const inner of Object.values(value)) checkPlain(inner, call, depth + 1);
}
