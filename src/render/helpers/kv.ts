import type { Pair } from '../../model/pair.js';
import { pairType } from '../shape.js';
import { boolean, string } from '../types.js';
import { createAnswers } from './answers.js';
import type { Answers } from './answers.js';
import { defineViewHelper, text } from './define.js';
import { compileGlob } from './glob.js';
import type { ViewCall } from './helper.js';
import { childrenOf, findPair, pairsBelow } from './keys.js';

export const get = defineViewHelper({
  name: 'get',
  parameters: [text('key')],
  doc: 'The value of a key of a raw source, the whole key as in etcd; missing when there is none: `default` says what then.',
  example: '{{default (get "/config/web/timeout") "30s"}}',
  returns: () => string,
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
  doc: 'The pairs (`key`, `value`) of raw sources whose keys match: `*` is any part of a segment, `?` one character of it, and `/**` at the end everything below.',
  example: '{{#each (getAll "/config/web/*")}}{{basename key}}={{value}} {{/each}}',
  returns: () => ({ kind: 'list', of: pairType }),
  check: ({ literals: [pattern] }) => {
    const glob = pattern === undefined ? undefined : compileGlob(pattern);
    return typeof glob === 'string' ? { message: glob, argument: 0 } : undefined;
  },
  run: ([pattern], call) =>
    remember(call, 'getAll', pattern, (pairs) => {
      const glob = compileGlob(pattern);
      if (typeof glob === 'string') return call.fail(glob);
      return pairsBelow(pairs, glob.prefix).filter(({ key }) => glob.matches(key));
    }),
});

export const ls = defineViewHelper({
  name: 'ls',
  parameters: [text('directory')],
  doc: 'The names right below a directory of raw sources, sorted: of keys and of directories.',
  example: '{{#each (ls "/config")}}{{this}} {{/each}}',
  returns: () => ({ kind: 'list', of: string }),
  run: ([directory], call) =>
    remember(call, 'ls', directory, (pairs) => childrenOf(pairs, directory).map(({ name }) => name)),
});

export const lsdir = defineViewHelper({
  name: 'lsdir',
  parameters: [text('directory')],
  doc: 'The names right below a directory of raw sources that are directories themselves, sorted.',
  example: '{{#each (lsdir "/config")}}{{this}} {{/each}}',
  returns: () => ({ kind: 'list', of: string }),
  run: ([directory], call) =>
    remember(call, 'lsdir', directory, (pairs) =>
      childrenOf(pairs, directory)
        .filter(({ isDirectory }) => isDirectory)
        .map(({ name }) => name),
    ),
});

/**
 * One list for one question about the same keys: what was rendered with it is known to be right as long as it is the
 * same object.
 */
const answers = new WeakMap<readonly Pair[], Answers<readonly unknown[]>>();

function remember(
  { view }: ViewCall,
  helper: string,
  argument: string,
  find: (pairs: readonly Pair[]) => readonly unknown[],
): readonly unknown[] {
  const { pairs } = view.kv;
  const known = answers.get(pairs) ?? createAnswers<readonly unknown[]>();
  answers.set(pairs, known);
  return known.to(`${helper} ${argument}`, () => find(pairs));
}
