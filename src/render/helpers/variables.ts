import { findNameOwners } from '../../model/name-owners.js';
import type { Service } from '../../model/instance.js';
import { any, string } from '../types.js';
import type { Helper } from './helper.js';

export const variables: Helper = {
  name: 'variables',
  parameters: [
    { name: 'trees', accepts: 'anything', mayBeMissing: false },
    { name: 'prefix', accepts: 'text', mayBeMissing: false },
  ],
  doc: 'The values of raw sources by names of environment variables, sorted: `kv.tree.settings.db.host` is `DB_HOST`. Upper case, `_` between segments and for all but letters and digits; the source is no part of it, the prefix begins it. Rejected when two keys have one name, or one begins with a digit.',
  example: '{{#each (variables kv.tree "APP_")}}{{@key}}={{this}} {{/each}}',
  returns: () => ({ kind: 'map', of: string }),
  run: ([trees, prefix], call) => {
    if (typeof trees !== 'object' || trees === null) return call.fail('variables takes kv.tree');
    const found = new Map<string, string>();
    for (const tree of Object.values(trees))
      for (const [path, value] of leavesOf(tree, [])) {
        if (typeof value !== 'string') return call.fail('variables takes kv.tree');
        const name = String(prefix) + nameOf(path.join('_'));
        if (!isName(name)) call.fail('a key gives no name of a variable: nothing is left, or it begins with a digit');
        if (found.has(name)) call.fail(`two keys give the variable ${name}`);
        found.set(name, value);
      }
    const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.assign(Object.create(null), Object.fromEntries(sorted)) as Record<string, string>;
  },
};

export const variable: Helper = {
  name: 'variable',
  looksAtView: true,
  parameters: [
    { name: 'name', accepts: 'text', mayBeMissing: false },
    { name: 'suffix', accepts: 'text', mayBeMissing: false },
  ],
  doc: 'The name of a service as that of an environment variable, with the suffix: `web-api` is `WEB_API`. Rejected when it would begin with a digit, or when another service gives the same name and has the better claim to it (expected, lower case, first).',
  example: '{{variable name "_ADDRS"}}={{#each instances}}{{host}}:{{port}} {{/each}}',
  returns: () => string,
  run: ([text, suffix], call) => {
    const name = nameOf(String(text));
    if (!isName(name)) return call.fail('not the name of a variable: nothing is left of it, or it begins with a digit');
    const holder = holdersOf(call.view.services).get(name);
    if (holder !== undefined && holder.name !== text)
      return call.fail(
        'another service gives the same variable, and has the better claim to it (expected, lower case, first)',
      );
    return name + String(suffix);
  },
};

export const unquoted: Helper = {
  name: 'unquoted',
  parameters: [{ name: 'text', accepts: 'scalar', mayBeMissing: false }],
  doc: 'The text; rejected when an environment file would need quotes for it, which `docker run --env-file` takes for a part of the value.',
  example: '{{unquoted zone}}',
  returns: ({ args: [type = any] }) => type,
  run: ([text], call) =>
    /^[A-Za-z0-9_./:@%+,=[\]-]*$/.test(String(text))
      ? text
      : call.fail('it needs quotes, and docker would take them for a part of the value'),
};

function leavesOf(tree: unknown, path: readonly string[]): [path: readonly string[], value: unknown][] {
  if (typeof tree !== 'object' || tree === null) return [[path, tree]];
  return Object.entries(tree).flatMap(([segment, inner]) =>
    // A key that is a directory as well has its own value under ''.
    leavesOf(inner, segment === '' ? path : [...path, segment]),
  );
}

function nameOf(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/gu, '_');
}

/** POSIX, Base Definitions 8.1: upper case, digits, `_`, and no digit first. `___` names nothing. */
function isName(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && /[A-Z0-9]/.test(name);
}

const known = new WeakMap<readonly Service[], ReadonlyMap<string, Service>>();

function holdersOf(services: readonly Service[]): ReadonlyMap<string, Service> {
  const holders = known.get(services) ?? findNameOwners(services, ({ name }) => nameOf(name));
  known.set(services, holders);
  return holders;
}
