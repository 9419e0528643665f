import {
  LineCounter,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../model/errors.js';
import { nearest } from '../model/suggest.js';
import { isNestedTooDeeply } from './yaml-nesting.js';
import type { ConfigPath } from './problem.js';

// A config may use one anchor a hundred times. More uses can be a bomb that unfolds to gigabytes.
const MAX_UNFOLDED = 100;
// Each alias may stand for a map with the next alias in it, so many aliases can nest deeply.
const MAX_ALIASES = 1000;
// More problems than these usually have the same cause.
const MOST_PROBLEMS = 100;
const plainTags = new Set(
  ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

/** An error of the YAML syntax. */
export interface SyntaxProblem {
  /** UTF-16 code units from the start of the text. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** A parsed YAML text. It has not been checked against a schema. */
export interface YamlDocument {
  /** Plain data; null when there are problems. */
  readonly data: unknown;
  readonly problems: readonly SyntaxProblem[];
  /** Where a path stands, or the nearest path above it that the file holds. Undefined when not even its first key is there. */
  offsetOf(path: ConfigPath, at: 'key' | 'value'): number | undefined;
  /** Line and column count from 1. */
  positionOf(offset: number): { readonly line: number; readonly column: number };
}

/**
 * Reads one YAML 1.2 document (core schema; JSON is YAML): keys are strings and unique, anchors and `<<` are allowed,
 * tags beyond the core are not. Never throws.
 */
export function parseYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const positionOf: YamlDocument['positionOf'] = (offset) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const nothing = { data: null, offsetOf: () => 0, positionOf };
  try {
    if (isNestedTooDeeply(text))
      return { ...nothing, problems: [{ offset: 0, message: 'is nested too deeply for a config' }] };
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: true,
      // `inspect` finds repeated keys. The library compares each key of a map with every key before it, which is slow.
      uniqueKeys: false,
      stringKeys: true,
      strict: true,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter: lines,
    });
    const all = [...document.errors.slice(0, MOST_PROBLEMS).map(explain), ...inspect(document)];
    const first = all.sort((a, b) => a.offset - b.offset).slice(0, MOST_PROBLEMS);
    const problems = first.map((problem) => ({ ...problem, message: clip(problem.message) }));
    if (problems.length > 0) return { ...nothing, problems };
    const data: unknown = document.toJS({ maxAliasCount: MAX_UNFOLDED });
    return { data, problems, positionOf, offsetOf: (path, at) => locate(document, path, at) };
  } catch (error) {
    // The library finds aliases that unfold too far only while it unfolds them. That error has no place.
    return { ...nothing, problems: [{ offset: 0, message: `the YAML cannot be read: ${messageOf(error)}` }] };
  }
}

function explain(error: { code: string; message: string; pos: [number, number] }): SyntaxProblem {
  const offset = error.pos[0];
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { offset, message: 'a tab indents this line', hint: 'YAML indents with spaces.' };
    case 'MULTIPLE_DOCS':
      return { offset, message: 'a second document begins here', hint: 'One file holds one config; remove the `---`.' };
    default:
      return { offset, message: `not valid YAML: ${error.message}` };
  }
}

/** A message may quote a text that is as long as the file. */
function clip(message: string): string {
  return message.length > 300 ? `${message.slice(0, 300)}…` : message;
}

function inspect(document: Document): SyntaxProblem[] {
  const found: SyntaxProblem[] = [];
  // The last node above with each anchor: the meaning of an alias. The library would search from the start for each alias.
  const anchors = new Map<string, Node>();
  let aliases = 0;
  visit(document, {
    Alias(_key, alias, ancestors) {
      const offset = alias.range?.[0] ?? 0;
      aliases += 1;
      if (aliases > MAX_ALIASES) {
        found.push({ offset, message: `there are more than ${MAX_ALIASES} aliases up to here` });
        return visit.BREAK;
      }
      const target = anchors.get(alias.source);
      if (target === undefined) {
        const near = nearest(alias.source, [...anchors.keys()]);
        const hint =
          near === undefined ? 'Anchors are written `&name`, before their aliases.' : `Did you mean \`*${near}\`?`;
        found.push({ offset, message: `no anchor \`&${alias.source}\` stands above this alias`, hint });
      } else if (ancestors.includes(target)) {
        found.push({ offset, message: `the alias \`*${alias.source}\` is inside the value of its own anchor` });
      }
      return undefined;
    },
    Node(_key, node) {
      if (found.length > MOST_PROBLEMS) return visit.BREAK;
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) found.push(...repeated(node));
      if (node.tag !== undefined && !plainTags.has(node.tag))
        found.push({ offset: node.range?.[0] ?? 0, message: `the tag ${node.tag} is not known here` });
      return undefined;
    },
    Pair(_key, pair) {
      if (!isMerge(pair)) return;
      const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
      const bad = sources.some((source) => !isMap(isAlias(source) ? anchors.get(source.source) : source));
      if (bad)
        found.push({ offset: startOf(pair.key), message: '`<<` takes a map, an alias of one, or a list of those' });
    },
  });
  return found;
}

function repeated({ items }: YAMLMap): SyntaxProblem[] {
  const seen = new Set<unknown>();
  const again = items.filter(({ key }) => {
    if (!isScalar(key)) return false;
    const isKnown = seen.has(key.value);
    seen.add(key.value);
    return isKnown;
  });
  return again
    .slice(0, MOST_PROBLEMS)
    .map(({ key }) => ({ offset: startOf(key), message: 'this key occurs twice in the same map' }));
}

function locate(document: Document, path: ConfigPath, at: 'key' | 'value'): number | undefined {
  let node: unknown = document.contents;
  let key: unknown;
  let depth = 0;
  for (const segment of path) {
    const inner = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(inner) ? findPair(document, inner.items, String(segment)) : undefined;
    const next = isSeq(inner) && typeof segment === 'number' ? inner.items[segment] : pair?.value;
    if (pair === undefined && !isNode(next)) break;
    key = pair?.key;
    node = next;
    depth += 1;
  }
  // The root of the file says nothing about a key that the file does not have.
  if (depth === 0 && path.length > 0) return undefined;
  // An empty value has no place of its own, and a missing key is shown at the key of its map.
  const empty = isScalar(node) && node.value === null && node.source === '';
  const wantsKey = at === 'key' || depth < path.length || empty || !isNode(node);
  return startOf(wantsKey && isNode(key) ? key : node);
}

function findPair(document: Document, pairs: readonly Pair[], name: string): Pair | undefined {
  const own = pairs.find(({ key }) => isScalar(key) && String(key.value) === name);
  if (own !== undefined) return own;
  for (const pair of pairs.filter(isMerge)) {
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of sources) {
      const map = isAlias(source) ? source.resolve(document) : source;
      const merged = isMap(map) ? findPair(document, map.items, name) : undefined;
      if (merged !== undefined) return merged;
    }
  }
  return undefined;
}

function isMerge(pair: unknown): pair is Pair {
  return isPair(pair) && isScalar(pair.key) && pair.key.source === '<<';
}

function startOf(node: unknown): number {
  return isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0;
}
