import type { Pair } from '../../model/pair.js';
import { pairType } from '../shape.js';
import { boolean, string } from '../types.js';
import { createWeakCache } from './weak-cache.js';
import type { WeakCache } from './weak-cache.js';
import { defineViewHelper, text } from './define.js';
import { compileGlob } from './glob.js';
import type { ViewCall } from './helper.js';
import { childrenOf, findPair, pairsBelow } from './keys.js';

export const get = defineViewHelper({
  name: 'get',
  parameters: [text('key')],
  doc: 'The value of a key of a raw source; write the whole key as in etcd. It is missing when no source has the key: use `default`.',
  example: '{{default (get "/config/web/timeout") "30s"}}',
  returns: () => string,
  keyOf: ([key]) => String(key),
  run: ([key], { view }) => findPair(view.kv.pairs, key)?.value,
});

export const exists = defineViewHelper({
  name: 'exists',
  parameters: [text('key')],
  doc: 'True when a raw source has the key.',
  example: '{{#if (exists "/config/maintenance")}}…{{/if}}',
  returns: () => boolean,
  run: ([key], { view }) => findPair(view.kv.pairs, key) !== undefined,
});

export const getAll = defineViewHelper({
  name: 'getAll',
  parameters: [text('pattern')],
  doc: 'The pairs (`key`, `value`) of raw sources whose keys match. `*` matches any part of a segment, `?` one character, and `/**` at the end all keys below.',
  example: '{{#each (getAll "/config/web/*")}}{{basename key}}={{value}} {{/each}}',
  returns: () => ({ kind: 'list', of: pairType }),
  check: ({ literals: [pattern] }) => {
    const glob = pattern === undefined ? undefined : compileGlob(pattern);
    return typeof glob === 'string' ? { message: glob, argument: 0 } : undefined;
  },
  run: ([pattern], call) =>
    cached(call, 'getAll', pattern, (pairs) => {
      const glob = compileGlob(pattern);
      if (typeof glob === 'string') return call.fail(glob);
      return pairsBelow(pairs, glob.prefix).filter(({ key }) => glob.matches(key));
    }),
});

export const ls = defineViewHelper({
  name: 'ls',
  parameters: [text('directory')],
  doc: 'The names of keys and directories directly below a directory of raw sources, sorted.',
  example: '{{#each (ls "/config")}}{{this}} {{/each}}',
  returns: () => ({ kind: 'list', of: string }),
  keyOf: ([directory]) => String(directory),
  returnsNames: true,
  run: ([directory], call) =>
    cached(call, 'ls', directory, (pairs) => childrenOf(pairs, directory).map(({ name }) => name)),
});

export const lsdir = defineViewHelper({
  name: 'lsdir',
  parameters: [text('directory')],
  doc: 'The names of directories directly below a directory of raw sources, sorted.',
  example: '{{#each (lsdir "/config")}}{{this}} {{/each}}',
  returns: () => ({ kind: 'list', of: string }),
  keyOf: ([directory]) => String(directory),
  returnsNames: true,
  run: ([directory], call) =>
    cached(call, 'lsdir', directory, (pairs) =>
      childrenOf(pairs, directory)
        .filter(({ isDirectory }) => isDirectory)
        .map(({ name }) => name),
    ),
});

/** The same call with the same keys returns the identical list, so the render cache can reuse texts made from it. */
const listCaches = new WeakMap<readonly Pair[], WeakCache<readonly unknown[]>>();

function cached(
  { view }: ViewCall,
  helper: string,
  argument: string,
  find: (pairs: readonly Pair[]) => readonly unknown[],
): readonly unknown[] {
  const { pairs } = view.kv;
  const known = listCaches.get(pairs) ?? createWeakCache<readonly unknown[]>();
  listCaches.set(pairs, known);
  return known.get(`${helper} ${argument}`, () => find(pairs));
}
