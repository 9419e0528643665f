import type { Block, Hash, HashPair, Path, Program } from '../ast.js';
import { readsOf } from './reads.js';

/** An `{{#each}}` over services or instances whose texts are kept from one rendering to the next. */
export interface Site {
  readonly id: number;
  /** Else it is over instances. */
  readonly ofServices: boolean;
  /** Names of the arguments that its call hands over: what its body reads from around it. */
  readonly outer: readonly string[];
  /** What else its body reads besides the item. */
  readonly index: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

/** The argument that tells a block which site it is. No template can write such a name. */
export const siteArgument = '$site';

/**
 * Finds the blocks whose texts may be kept, and makes their calls hand over what the bodies read from around them:
 * `{{#each instances}}{{../name}}{{/each}}` is compiled as `{{#each instances $site=0 $0=name}}`. What these arguments lead
 * to is compared, so that a path that leads nowhere, or to something else in each view, costs time and is never wrong.
 *
 * @param partials by the id that calls carry.
 * @returns the sites by their id.
 */
export function planSites(program: Program, partials: ReadonlyMap<string, Program>): readonly Site[] {
  const all = [program, ...partials.values()];
  const names = new Set<string>();
  for (const one of all) gatherNames(one, names);
  // Handlebars finds a block parameter of such a name before the data.
  if (['root', 'index', 'key', 'first', 'last'].some((name) => names.has(name))) return [];
  const found: { readonly node: Block; readonly site: Site; readonly hash: Hash }[] = [];
  for (const one of all)
    visitLoops(one, new Set(), ({ node, body, around, ofServices }) => {
      const reads = readsOf(body, partials, around);
      if (reads === undefined) return;
      const outer = reads.outer.map((_path, index) => `$${index}`);
      const { index, first, last } = reads;
      found.push({
        node,
        site: { id: found.length, ofServices, outer, index, first, last },
        hash: makeHash(node, found.length, reads.outer),
      });
    });
  for (const { node, hash } of found) node.hash = hash;
  return found.map(({ site }) => site);
}

interface Loop {
  readonly node: Block;
  readonly body: Program;
  /** The block parameters that are known where it stands. */
  readonly around: ReadonlySet<string>;
  readonly ofServices: boolean;
}

function gatherNames(program: Program, names: Set<string>): void {
  for (const name of program.blockParams ?? []) names.add(name);
  for (const node of program.body)
    if (node.type === 'BlockStatement')
      for (const inner of [node.program, node.inverse]) if (inner !== undefined) gatherNames(inner, names);
}

function visitLoops(program: Program, around: ReadonlySet<string>, visit: (loop: Loop) => void): void {
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
  const site: HashPair = { type: 'HashPair', loc, key: siteArgument, value: { type: 'NumberLiteral', value: id, loc } };
  return { type: 'Hash', loc, pairs: [site, ...pairs, ...(hash?.pairs ?? [])] };
}
