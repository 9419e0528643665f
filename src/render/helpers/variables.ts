import { findNameOwners } from '../../model/name-owners.js';
import type { Service } from '../../model/instance.js';
import { quoteKey } from '../quote-key.js';
import { any, string } from '../types.js';
import type { Helper } from './helper.js';

export const variables: Helper = {
  name: 'variables',
  parameters: [
    { name: 'trees', accepts: 'anything', mayBeMissing: false },
    { name: 'prefix', accepts: 'text', mayBeMissing: false },
  ],
  doc: 'The values of raw sources by names of environment variables, sorted: `kv.tree.settings.db.host` becomes `DB_HOST`. A name is the prefix and the segments in upper case, without the name of the source. `_` separates segments and replaces all characters but letters and digits. The output is rejected when two keys give one name, or when a name begins with a digit.',
  example: '{{#each (variables kv.tree "APP_")}}{{@key}}={{this}} {{/each}}',
  returns: () => ({ kind: 'map', of: string }),
  namesKeys: true,
  run: ([trees, prefix], call) => {
    if (typeof trees !== 'object' || trees === null) return call.fail('variables takes kv.tree');
    const found = new Map<string, { readonly value: string; readonly key: string }>();
    for (const [source, tree] of Object.entries(trees))
      for (const [path, value] of leavesOf(tree, [])) {
        if (typeof value !== 'string') return call.fail('variables takes kv.tree');
        const key = `${quoteKey(path.join('/'))} of the source ${source}`;
        const name = String(prefix) + nameOf(path.join('_'));
        if (!isName(name))
          call.fail(`a key does not give a valid variable name: ${key} has no letter or digit, or begins with a digit`);
        const other = found.get(name);
        if (other !== undefined) call.fail(`two keys give the variable ${name}: ${other.key}, and ${key}`);
        found.set(name, { value, key });
      }
    const sorted = [...found].map(([name, { value }]) => [name, value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.assign(Object.create(null), Object.fromEntries(sorted)) as Record<string, string>;
  },
};

export const variable: Helper = {
  name: 'variable',
  readsView: true,
  parameters: [
    { name: 'name', accepts: 'text', mayBeMissing: false },
    { name: 'suffix', accepts: 'text', mayBeMissing: false },
  ],
  doc: 'The name of a service as the name of an environment variable, with the suffix: `web-api` becomes `WEB_API`. A service is rejected when its variable would begin with a digit, or when another service gives the same variable and holds it: the expected one, the one in lower case, or the first.',
  example: '{{variable name "_ADDRS"}}={{#each instances}}{{host}}:{{port}} {{/each}}',
  returns: () => string,
  run: ([text, suffix], call) => {
    const name = nameOf(String(text));
    if (!isName(name))
      return call.fail(
        'it does not give a valid variable name: the name has no letter or digit, or begins with a digit',
      );
    const holder = holdersOf(call.view.services).get(name);
    if (holder !== undefined && holder.name !== text)
      return call.fail('another service gives the same variable and holds it (expected, lower case, or first)');
    return name + String(suffix);
  },
};

export const unquoted: Helper = {
  name: 'unquoted',
  parameters: [{ name: 'text', accepts: 'scalar', mayBeMissing: false }],
  doc: 'The text. It is rejected when an environment file would need quotes around it, because `docker run --env-file` reads quotes as a part of the value.',
  example: '{{unquoted zone}}',
  returns: ({ args: [type = any] }) => type,
  run: ([text], call) =>
    /^[A-Za-z0-9_./:@%+,=[\]-]*$/.test(String(text))
      ? text
      : call.fail('it needs quotes, and docker would read them as a part of the value'),
};

function leavesOf(tree: unknown, path: readonly string[]): [path: readonly string[], value: unknown][] {
  if (typeof tree !== 'object' || tree === null) return [[path, tree]];
  return Object.entries(tree).flatMap(([segment, inner]) =>
    // A key that is also a directory has its own value under ''.
    leavesOf(inner, segment === '' ? path : [...path, segment]),
  );
}

function nameOf(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/gu, '_');
}

/** POSIX, Base Definitions 8.1: upper case letters, digits and `_`, without a leading digit. A name of underscores alone is refused. */
function isName(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && /[A-Z0-9]/.test(name);
}

const holderCache = new WeakMap<readonly Service[], ReadonlyMap<string, Service>>();

function holdersOf(services: readonly Service[]): ReadonlyMap<string, Service> {
  const holders = holderCache.get(services) ?? findNameOwners(services, ({ name }) => nameOf(name));
  holderCache.set(services, holders);
  return holders;
}
