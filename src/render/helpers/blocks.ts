import type { BlockHelper } from './helper.js';

/** Handlebars' own blocks, with the engine's rules for missing values. */
export const blocks: readonly BlockHelper[] = [
  {
    name: 'if',
    parameter: { name: 'condition', accepts: 'anything', mayBeMissing: true },
    hash: ['includeZero'],
    doc: "Writes the body when the value is not missing, false, null, 0, `''` or an empty list; else the `{{else}}`. With `includeZero=true`, 0 counts as true.",
    example: '{{#if zone}}{{zone}}{{else}}any{{/if}}',
  },
  {
    name: 'unless',
    parameter: { name: 'condition', accepts: 'anything', mayBeMissing: true },
    hash: ['includeZero'],
    doc: 'The opposite of `#if`.',
    example: '{{#unless @last}},{{/unless}}',
  },
  {
    name: 'each',
    parameter: { name: 'list', accepts: 'anything', mayBeMissing: false },
    hash: [],
    doc: 'Writes the body for each item of a list or each value of a map, with `@index`, `@key`, `@first` and `@last`; the `{{else}}` when the list or map is empty.',
    example: '{{#each services as |service|}}{{service.name}} {{/each}}',
  },
  {
    name: 'with',
    parameter: { name: 'value', accepts: 'anything', mayBeMissing: true },
    hash: [],
    doc: 'Writes the body with the value as `this`; the `{{else}}` when the value is missing or empty.',
    example: '{{#with (service "web")}}{{name}}{{/with}}',
  },
  {
    name: 'let',
    parameter: { name: 'value', accepts: 'anything', mayBeMissing: true },
    repeats: true,
    hash: [],
    doc: 'Always writes the body, in which the names after `as` are the values, one name for each value. `this` stays unchanged. A value may be missing: it is rejected only where the body writes it.',
    example: '{{#let (default env.REGION "eu") target.name as |region name|}}{{name}} in {{region}}{{/let}}',
  },
];
