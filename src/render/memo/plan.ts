import type { Block, Hash, HashPair, Path, Program } from '../ast.js';
import { findReads } from './reads.js';

/** An `{{#each}}` over services or instances whose texts are cached between renderings. */
export interface CachedLoop {
  readonly id: number;
  /** True: over services. False: over instances. */
  readonly ofServices: boolean;
  /** True: the block is directly in the main program, so its texts can be pieces of the whole text. */
  readonly top: boolean;
  /** Names of the arguments with the values that the body reads from outside. */
  readonly outer: readonly string[];
  /** Whether the body reads `@index` or `@key`. `first` and `last`: whether it reads `@first` or `@last`. */
  readonly index: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

/** The argument with the id of the `CachedLoop`. No template can write such a name. */
export const loopArgument = '$loop';

/**
 * Finds the blocks whose texts can be cached, and adds the values that their bodies read from outside as arguments:
 * `{{#each instances}}{{../name}}{{/each}}` is compiled as `{{#each instances $loop=0 $0=name}}`. The cache compares the values of these
 * arguments. So a missing or always changing value costs time, but the text is never wrong.
 *
 * @param partials by `Partial.copyId`.
 * @returns the loops by their id.
 */
export function planCachedLoops(program: Program, partials: ReadonlyMap<string, Program>): readonly CachedLoop[] {
  const all = [program, ...partials.values()];
  const names = new Set<string>();
  for (const one of all) collectNames(one, names);
  // Handlebars would read a block parameter of such a name in place of the `@data`.
  if (['root', 'index', 'key', 'first', 'last'].some((name) => names.has(name))) return [];
  const found: { readonly node: Block; readonly loop: CachedLoop; readonly hash: Hash }[] = [];
  for (const one of all)
    visitLoops(one, new Set(), ({ node, body, around, ofServices }) => {
      const reads = findReads(body, partials, around);
      if (reads === undefined) return;
      const outer = reads.outer.map((_path, index) => `$${index}`);
      const { index, first, last } = reads;
      found.push({
        node,
        loop: { id: found.length, ofServices, top: program.body.includes(node), outer, index, first, last },
        hash: makeHash(node, found.length, reads.outer),
      });
    });
  for (const { node, hash } of found) node.hash = hash;
  return found.map(({ loop }) => loop);
}

interface VisitedLoop {
  readonly node: Block;
  readonly body: Program;
  /** The block parameters that are in scope outside the loop. */
  readonly around: ReadonlySet<string>;
  readonly ofServices: boolean;
}

function collectNames(program: Program, names: Set<string>): void {
  for (const name of program.blockParams ?? []) names.add(name);
  for (const node of program.body)
    if (node.type === 'BlockStatement')
      for (const inner of [node.program, node.inverse]) if (inner !== undefined) collectNames(inner, names);
}

function visitLoops(program: Program, around: ReadonlySet<string>, visit: (loop: VisitedLoop) => void): void {
  for (const node of program.body) {
    if (node.type !== 'BlockStatement') continue;
    if (node.inverse !== undefined) visitLoops(node.inverse, around, visit);
    if (node.program === undefined) continue;
    visitLoops(node.program, new Set([...around, ...(node.program.blockParams ?? [])]), visit);
    const [name] = node.path.type === 'PathExpression' ? node.path.parts : [];
    if (name === 'eachService' || name === 'eachInstance')
      visit({ node, body: node.program, around, ofServices: name === 'eachService' });
  }
}

function makeHash({ loc, hash }: Block, id: number, outer: readonly Path[]): Hash {
  const pairs = outer.map((value, index): HashPair => ({ type: 'HashPair', loc, key: `$${index}`, value }));
  const loop: HashPair = { type: 'HashPair', loc, key: loopArgument, value: { type: 'NumberLiteral', value: id, loc } };
  return { type: 'Hash', loc, pairs: [loop, ...pairs, ...(hash?.pairs ?? [])] };
}
