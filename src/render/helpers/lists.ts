import { any, boolean, describeType, keyOf, number, present, string } from '../types.js';
import type { Type } from '../types.js';
import { anything, defineHelper, describeValue, list, literal, numeric, optional, scalar, text } from './define.js';
import { isMistake, readField, sameList, typeOfField } from './fields.js';
import type { Call, CallTypes, Mistake } from './helper.js';

const same = ({ args: [items = any] }: CallTypes): Type => sameList(items);

/** The type of one item, which may be missing. The engine checks text and numbers when they are used; other items need `#with`. */
function itemOf({ args: [items = any] }: CallTypes): Type {
  const item = sameList(items).of;
  return isScalar(item) ? item : { kind: 'optional', of: item };
}

function isScalar({ kind }: Type): boolean {
  return kind === 'any' || kind === 'string' || kind === 'number' || kind === 'boolean';
}

export const join = defineHelper({
  name: 'join',
  parameters: [list('list'), text('separator')],
  doc: 'The items of a list of text or numbers as one text, with the separator between them.',
  example: '{{join tags ", "}}',
  returns: () => string,
  check: ({ args: [items = any] }) =>
    items.kind === 'list' && !isScalar(items.of)
      ? { message: `join takes a list of text or numbers, not ${describeType(items)}` }
      : undefined,
  run: ([items, separator], call) => {
    if (items.some((item) => item === null || typeof item === 'object')) return call.fail('join takes text or numbers');
    return items.map(String).join(separator);
  },
});

export const listOf = defineHelper({
  name: 'list',
  parameters: [scalar('value')],
  repeats: true,
  doc: 'A list of the values.',
  example: '{{#if (contains (list "api" "web") name)}}…{{/if}}',
  returns: ({ args }) => ({ kind: 'list', of: commonType(args) }),
  run: (values) => [...values],
});

export const concat = defineHelper({
  name: 'concat',
  parameters: [anything('part')],
  repeats: true,
  doc: 'Joins texts and numbers to one text, or lists to one list.',
  example: '{{#each (getAll (concat "/config/" name "/**"))}}…{{/each}}',
  returns: ({ args }) => {
    const certain = args.map(present);
    if (certain.every(({ kind }) => kind === 'list'))
      return { kind: 'list', of: commonType(certain.map((type) => sameList(type).of)) };
    return certain.some(({ kind }) => kind !== 'any') ? string : any;
  },
  check: ({ args }) => {
    const odd = args.findIndex((type) => !isScalar(type) && type.kind !== 'list');
    if (odd >= 0)
      return { message: `concat takes text, numbers or lists, not ${describeType(args[odd] ?? any)}`, argument: odd };
    const lists = args.filter(({ kind }) => kind === 'list').length;
    const texts = args.filter(({ kind }) => kind !== 'list' && kind !== 'any').length;
    return lists > 0 && texts > 0 ? { message: 'concat takes either lists or text and numbers, not both' } : undefined;
  },
  run: (parts: readonly unknown[], call) => {
    if (parts.every((part) => Array.isArray(part))) return parts.flatMap((part) => part as readonly unknown[]);
    const odd = parts.find((part) => part === null || typeof part === 'object');
    return odd === undefined
      ? parts.map(String).join('')
      : call.fail(`concat takes either lists or text and numbers, not ${describeValue(odd)}`);
  },
});

export const first = defineHelper({
  name: 'first',
  parameters: [list('list')],
  doc: 'The first item; missing when the list is empty.',
  example: '{{#with (first instances)}}{{host}}:{{port}}{{/with}}',
  returns: itemOf,
  run: ([items]) => items[0],
});

export const last = defineHelper({
  name: 'last',
  parameters: [list('list')],
  doc: 'The last item; missing when the list is empty.',
  example: '{{#with (last instances)}}{{host}}:{{port}}{{/with}}',
  returns: itemOf,
  run: ([items]) => items.at(-1),
});

export const limit = defineHelper({
  name: 'limit',
  parameters: [list('list'), numeric('count')],
  doc: 'The first `count` items.',
  example: '{{#each (limit instances 8)}}…{{/each}}',
  returns: same,
  run: ([items, count], call) => items.slice(0, wholeNumber('limit', count, call)),
});

export const slice = defineHelper({
  name: 'slice',
  parameters: [list('list'), numeric('from'), optional(numeric('to'))],
  doc: 'The items from index `from` (the first is 0) up to index `to`, without the item at `to`. Without `to`: all items from `from` on.',
  example: '{{#each (slice instances 1)}}…{{/each}}',
  returns: same,
  run: ([items, from, to], call) =>
    items.slice(wholeNumber('slice', from, call), to === undefined ? undefined : wholeNumber('slice', to, call)),
});

export const reverse = defineHelper({
  name: 'reverse',
  parameters: [list('list')],
  doc: 'The items in reverse order.',
  example: '{{#each (reverse (sortBy instances "weight"))}}…{{/each}}',
  returns: same,
  run: ([items]) => [...items].reverse(),
});

export const count = defineHelper({
  name: 'count',
  parameters: [anything('list')],
  doc: 'The number of items of a list, or of keys of a map.',
  example: '{{count (filter instances status="passing")}}',
  returns: () => number,
  check: ({ args: [items = any] }) => {
    const certain = present(items);
    const scalarOne = certain.kind !== 'any' && isScalar(certain);
    return scalarOne ? { message: `count takes a list or a map, not ${describeType(certain)}` } : undefined;
  },
  run: ([items], call) => {
    if (Array.isArray(items)) return items.length;
    if (typeof items === 'object' && items !== null) return Object.keys(items).length;
    return call.fail(`count takes a list or a map, not ${describeValue(items)}`);
  },
});

export const sum = defineHelper({
  name: 'sum',
  parameters: [list('list'), optional(literal('field'))],
  doc: 'The sum of the numbers in a list, or of a field of its items; 0 for an empty list.',
  example: '{{sum instances "weight"}}',
  returns: () => number,
  check: ({ args, literals: [, path] }) => checkSum(args[0] ?? any, path),
  run: ([items, field], call) => {
    let total = 0;
    for (const item of items) {
      const value = field === undefined ? item : readField(item, field);
      if (typeof value !== 'number')
        return call.fail(`sum takes numbers, not ${value === undefined ? 'a missing value' : describeValue(value)}`);
      total += value;
    }
    return Number.isFinite(total) ? total : call.fail('the sum is too large for a number');
  },
});

function checkSum(items: Type, path: string | undefined): Mistake | undefined {
  const found = path === undefined ? sameList(items).of : typeOfField(items, path);
  if (isMistake(found)) return { ...found, argument: 1 };
  if (found.kind === 'any' || found.kind === 'number') return undefined;
  const hint = found.kind === 'struct' ? 'Name the field to add up: (sum instances "weight").' : undefined;
  return { message: `sum takes numbers, not ${describeType(found)}`, ...(hint && { hint }) };
}

export const contains = defineHelper({
  name: 'contains',
  parameters: [anything('container'), scalar('part')],
  doc: 'True when a list contains the item, or a text contains the part.',
  example: '{{#if (contains tags "public")}}…{{/if}}',
  returns: () => boolean,
  check: ({ args: [container = any, part = any] }) => {
    const certain = present(container);
    if (certain.kind !== 'any' && certain.kind !== 'list' && certain.kind !== 'string')
      return { message: `contains takes a list or text, not ${describeType(certain)}`, argument: 0 };
    const wanted = certain.kind === 'list' ? certain.of : certain;
    if (wanted.kind === 'any' || part.kind === 'any' || wanted.kind === part.kind) return undefined;
    return { message: `${describeType(certain)} never contains ${describeType(part)}`, argument: 1 };
  },
  run: ([container, part], call) => {
    if (Array.isArray(container)) return container.includes(part);
    if (typeof container === 'string' && typeof part === 'string') return container.includes(part);
    return call.fail(`contains takes a list, or text and its part, not ${describeValue(container)}`);
  },
});

/** A longer sequence is probably a mistake in the template. */
const maxCount = 10_000;

export const seq = defineHelper({
  name: 'seq',
  parameters: [numeric('from'), numeric('to')],
  doc: `The whole numbers from \`from\` to \`to\`, including both; an empty list when \`to\` is less. At most ${maxCount} numbers.`,
  example: '{{#each (seq 1 3)}}{{this}} {{/each}}',
  returns: () => ({ kind: 'list', of: number }),
  run: ([from, to], call) => {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return call.fail('seq takes whole numbers');
    if (to - from >= maxCount) return call.fail(`seq gives at most ${maxCount} numbers`);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  },
});

/** Returns a whole number from 0 on, and rejects any other. */
function wholeNumber(name: string, value: number, call: Call): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : call.fail(`${name} takes whole numbers from 0`);
}

function commonType(types: readonly Type[]): Type {
  const [one = any, ...others] = types;
  return others.every((type) => keyOf(type) === keyOf(one)) ? one : any;
}
