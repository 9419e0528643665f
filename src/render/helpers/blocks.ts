import type { BlockHelper } from './helper.js';

/** Handlebars' own blocks, with the engine's rules for what is missing. */
export const blocks: readonly BlockHelper[] = [
  {
    name: 'if',
    parameter: { name: 'condition', accepts: 'anything', mayBeMissing: true },
    hash: ['includeZero'],
    doc: "The body when the value is there and not false, null, 0, `''` or an empty list; else the `{{else}}`. `includeZero=true` lets 0 pass.",
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
    doc: 'The body for each item of a list or each value of a map, with `@index`, `@key`, `@first` and `@last`; the `{{else}}` when there is none.',
    example: '{{#each services as |service|}}{{service.name}} {{/each}}',
  },
  {
    name: 'with',
    parameter: { name: 'value', accepts: 'anything', mayBeMissing: true },
    hash: [],
    doc: 'The body with the value as `this`; the `{{else}}` when it is missing or empty.',
    example: '{{#with (service "web")}}{{name}}{{/with}}',
  },
];
