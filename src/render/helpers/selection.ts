import { any, describeType, present } from '../types.js';
import type { List, Type } from '../types.js';
import { defineHelper, list, literal, optional } from './define.js';
import { isMistake, readField, sameList, typeOfField } from './fields.js';
import type { Call, CallTypes, Mistake } from './helper.js';
import { compareValues, isSortable } from './order.js';

export const filter = defineHelper({
  name: 'filter',
  parameters: [list('list')],
  takesHash: true,
  doc: 'The items of a list whose fields equal the given values. A field that is a list must contain the value. Items without the field are left out.',
  example: '{{#each (filter instances status="passing" tags="public" [metadata.zone]="eu")}}…{{/each}}',
  returns: ({ args: [items = any] }) => sameList(items),
  check: (types) => checkWanted('filter', types),
  run: ([items], { hash }) => items.filter((item) => hasAll(item, hash)),
});

export const reject = defineHelper({
  name: 'reject',
  parameters: [list('list')],
  takesHash: true,
  doc: 'The items that `filter` would leave out.',
  example: '{{#each (reject instances status="critical")}}…{{/each}}',
  returns: ({ args: [items = any] }) => sameList(items),
  check: (types) => checkWanted('reject', types),
  run: ([items], { hash }) => items.filter((item) => !hasAll(item, hash)),
});

export const sortBy = defineHelper({
  name: 'sortBy',
  parameters: [list('list'), literal('field')],
  doc: 'The items in the order of a field: first the items without the field, then numbers, then text by code units. Equal items keep their order.',
  example: '{{#each (sortBy instances "metadata.zone")}}…{{/each}}',
  returns: ({ args: [items = any] }) => sameList(items),
  check: (types) => checkField('sortBy', types),
  run: ([items, field], call) =>
    items
      .map((item) => ({ item, value: sortable('sortBy', readField(item, field), call) }))
      .sort((a, b) => compareValues(a.value, b.value))
      .map(({ item }) => item),
});

export const groupBy = defineHelper({
  name: 'groupBy',
  parameters: [list('list'), literal('field')],
  doc: "A list of groups with `key` and `items`: one group for each value of the field, sorted by the value. Items without the field are in the group `''`. With a list field such as `tags`, an item is in the group of each of its values.",
  example: '{{#each (groupBy instances "zone")}}{{key}}: {{count items}} {{/each}}',
  returns: ({ args: [items = any], literals: [, field] }) => ({ kind: 'list', of: groupOf(sameList(items), field) }),
  check: (types) => checkField('groupBy', types, true),
  run: ([items, field], call) => {
    const groups = new Map<string | number | boolean, unknown[]>();
    for (const item of items) {
      for (const value of valuesOf(readField(item, field))) {
        const key = sortable('groupBy', value, call) ?? '';
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [item]);
        else group.push(item);
      }
    }
    return [...groups].sort(([a], [b]) => compareValues(a, b)).map(([key, members]) => ({ key, items: members }));
  },
});

export const unique = defineHelper({
  name: 'unique',
  parameters: [list('list'), optional(literal('field'))],
  doc: 'The items without repetitions. Of items that are equal, or that have equal fields, only the first stays.',
  example: '{{#each (unique instances "address")}}…{{/each}}',
  returns: ({ args: [items = any] }) => sameList(items),
  check: (types) => (types.args.length > 1 ? checkField('unique', types) : undefined),
  run: ([items, field]) => {
    const seen = new Set<unknown>();
    return items.filter((item) => {
      const value = field === undefined ? item : readField(item, field);
      return !seen.has(value) && seen.add(value);
    });
  },
});

/** The values of a field: each value of a list once, or '' for an empty list. */
function valuesOf(found: unknown): readonly unknown[] {
  if (!Array.isArray(found)) return [found];
  return found.length === 0 ? [''] : [...new Set(found)];
}

function hasAll(item: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([path, value]) => {
    const found = readField(item, path);
    return Array.isArray(found) ? found.includes(value) : found === value;
  });
}

function checkWanted(name: string, { args: [items = any], hash }: CallTypes): Mistake | undefined {
  const wanted = Object.entries(hash);
  if (wanted.length === 0)
    return { message: `${name} needs at least one field=value`, hint: `Write (${name} … status="passing").` };
  for (const [path, type] of wanted) {
    const field = typeOfField(items, path);
    if (isMistake(field)) return field;
    const compared = present(field).kind === 'list' ? (field as List).of : field;
    if (type.kind !== 'any' && compared.kind !== 'any' && compared.kind !== type.kind)
      return { message: `"${path}" is ${describeType(field)}, never ${describeType(type)}` };
  }
  return undefined;
}

function checkField(
  name: string,
  { args: [items = any], literals: [, path] }: CallTypes,
  lists = false,
): Mistake | undefined {
  if (path === undefined) return undefined;
  const field = typeOfField(items, path);
  if (isMistake(field)) return { ...field, argument: 1 };
  const compared = lists && field.kind === 'list' ? field.of : field;
  if (['any', 'string', 'number', 'boolean'].includes(compared.kind)) return undefined;
  return { message: `${name} takes a field of text or numbers, and "${path}" is ${describeType(field)}`, argument: 1 };
}

function sortable(name: string, value: unknown, call: Call): string | number | boolean | null | undefined {
  return isSortable(value)
    ? value
    : call.fail(`${name} takes a field of text or numbers, and this field has another value`);
}

function groupOf(items: List, path: string | undefined): Type {
  const item = items.of;
  const field = path === undefined ? any : typeOfField(items, path);
  const value = isMistake(field) ? any : field.kind === 'list' ? field.of : field;
  const key = value.kind === 'optional' ? any : value;
  const fields = {
    key: { type: key, doc: 'The value of the field in these items.' },
    items: { type: { kind: 'list', of: item } as const, doc: 'The items in their order.' },
  };
  return { kind: 'struct', name: `group of ${describeType(item)} by ${describeType(key)}`, fields };
}
