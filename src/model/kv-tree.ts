import type { Pair } from './pair.js';
import type { Tree } from './view.js';

/** The rest of a deeper key is one segment. This limits the tree for hostile keys; real readers do not nest so deep. */
const maxDepth = 64;

interface Branch {
  [segment: string]: string | Branch;
}

/**
 * The keys of one raw source below its prefix, as a frozen tree with null prototypes. A slash right after the prefix is not part
 * of a segment. A key that is also a directory has its value under the segment `''`; if `a` and `a/` are both keys, this is the
 * value of `a`.
 *
 * @param pairs sorted by key
 */
export function buildTree(pairs: readonly Pair[], prefix: string): Tree {
  const branches: Branch[] = [];
  const createBranch = (): Branch => {
    const branch = Object.create(null) as Branch;
    branches.push(branch);
    return branch;
  };
  const root = createBranch();
  for (const { key, value } of pairs) {
    const segments = splitKey(key.startsWith(prefix) ? key.slice(prefix.length) : key);
    const leaf = segments.pop() ?? '';
    let branch = root;
    for (const segment of segments) {
      let next = branch[segment];
      if (typeof next !== 'object') {
        const own = next;
        next = createBranch();
        if (own !== undefined) next[''] = own;
        branch[segment] = next;
      }
      branch = next;
    }
    insertPair(branch, leaf, value);
  }
  for (const branch of branches) Object.freeze(branch);
  return root;
}

function splitKey(path: string): string[] {
  const segments = (path.startsWith('/') ? path.slice(1) : path).split('/', maxDepth + 1);
  if (segments.length <= maxDepth) return segments;
  const kept = segments.slice(0, maxDepth - 1);
  const taken = kept.reduce((sum, segment) => sum + segment.length + 1, path.startsWith('/') ? 1 : 0);
  return [...kept, path.slice(taken)];
}

function insertPair(branch: Branch, segment: string, value: string): void {
  let at = branch;
  let name = segment;
  for (let present = at[name]; typeof present === 'object'; present = at[name]) {
    at = present;
    name = '';
  }
  at[name] ??= value;
}
