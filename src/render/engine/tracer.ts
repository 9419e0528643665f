import type { Pair } from '../../model/pair.js';
import type { View } from '../../model/view.js';
import type { Helper } from '../helpers/helper.js';
import { findPair } from '../helpers/keys.js';
import { KeyOrigin, Traced } from './traced.js';
import { unwrap } from './values.js';

/**
 * Follows the values of raw sources through one rendering. The engine renders a second time with a tracer after a failure, to name the keys
 * that the refused value comes from. So a rendering without a failure pays nothing, and no template sees a value that is not plain.
 */
export interface Tracer {
  /** Whether the body for this service or instance is run: only bodies in which a failure occurred are. */
  runs(item: object): boolean;
  /** The value of a part of a container, with its origin. @param value the part as it is. */
  read(container: unknown, part: string | number, value: unknown): unknown;
  /** The key of a container's item, with its origin. */
  readKey(container: unknown, key: string | number): unknown;
  /** The result of a helper, with its origins. @param args as they were passed, possibly traced. */
  readResult(helper: Helper, args: readonly unknown[], answer: unknown): unknown;
  /** The keys that the values come from. */
  findKeys(values: readonly unknown[]): readonly KeyOrigin[];
}

/** The most containers that a search for keys looks at, so that a huge tree cannot stop the process. */
const maxSteps = 100_000;

/** @param failed the services and instances in whose bodies a failure occurred. */
export function createTracer({ kv }: View, failed: ReadonlySet<object>): Tracer {
  /** The segments of each directory of `kv.tree` that was reached so far; the first one is the source. */
  const paths = new WeakMap<object, readonly string[]>([[kv.tree, []]]);
  /** The origins of lists and maps that a helper made. */
  const derived = new WeakMap<object, readonly object[]>();
  /** The directories of lists of names. */
  const directories = new WeakMap<object, string>();

  const isPair = (value: object): value is Pair =>
    'key' in value && typeof value.key === 'string' && findPair(kv.pairs, value.key) === value;

  const isKnown = (value: unknown): value is object =>
    typeof value === 'object' &&
    value !== null &&
    (value instanceof Traced || paths.has(value) || derived.has(value) || directories.has(value) || isPair(value));

  /** A list of pairs is known by its first item. */
  const hasOrigin = (value: unknown): value is object => isKnown(value) || (Array.isArray(value) && isKnown(value[0]));

  const originAt = (path: readonly string[], text: string | undefined): KeyOrigin => {
    const [source = '', ...segments] = path;
    // A key that is also a directory has its own value under ''.
    const key = segments.filter((segment, index) => segment !== '' || index < segments.length - 1).join('/');
    return new KeyOrigin(key, text, source);
  };

  const read: Tracer['read'] = (container, part, value) => {
    if (value instanceof Traced || typeof container !== 'object' || container === null) return value;
    const path = paths.get(container);
    if (path !== undefined) {
      const below = [...path, String(part)];
      if (typeof value === 'object' && value !== null) paths.set(value, below);
      else if (below.length > 1) return new Traced(value, [originAt(below, value as string | undefined)]);
      return value;
    }
    const directory = directories.get(container);
    if (directory !== undefined) return new Traced(value, [originBelow(directory, String(value))]);
    if (isPair(container)) return new Traced(value, [new KeyOrigin(container.key, String(value))]);
    const from = derived.get(container);
    return from === undefined ? value : withOrigins(value, from);
  };

  const withOrigins = (value: unknown, from: readonly object[]): unknown => {
    if (typeof value !== 'object' || value === null) return new Traced(value, from);
    if (!isKnown(value)) derived.set(value, from);
    return value;
  };

  return {
    runs: (item) => failed.has(item),
    read,

    readKey(container, key) {
      if (typeof container !== 'object' || container === null || Array.isArray(container)) return key;
      const path = paths.get(container);
      if (path !== undefined && path.length > 0)
        return new Traced(key, [originAt([...path, String(key)], String(key))]);
      const from = derived.get(container);
      return from === undefined ? key : new Traced(key, from);
    },

    readResult(helper, args, answer) {
      const plain = args.map(unwrap);
      const key = helper.keyOf?.(plain);
      if (key !== undefined) {
        if (typeof answer !== 'object' || answer === null)
          return new Traced(answer, [new KeyOrigin(key, answer as string | undefined)]);
        if (helper.returnsNames === true) directories.set(answer, key);
        return answer;
      }
      if (helper.name === 'lookup') return read(plain[0], String(plain[1]), answer);
      const traced = args.filter((arg) => arg instanceof Traced);
      // The helper chose one of its arguments.
      if (plain.includes(answer)) {
        const chosen = traced.filter(({ value }) => value === answer);
        return chosen.length === 0 ? answer : new Traced(answer, chosen);
      }
      const containers = plain.filter((value) => typeof value === 'object' && value !== null);
      const known = containers.filter(hasOrigin);
      const from = [...traced, ...known];
      if (from.length === 0) return answer;
      if (typeof answer !== 'object' || answer === null) return new Traced(answer, from);
      // The items belong to the view, or may be those of a container that no key made.
      if (helper.readsView === true || known.length < containers.length) return answer;
      return withOrigins(answer, from);
    },

    findKeys(values) {
      const found = new Map<string, KeyOrigin>();
      const seen = new Set<unknown>();
      const rest: unknown[] = [...values].reverse();
      const push = (more: readonly unknown[]): void => {
        for (let index = more.length - 1; index >= 0 && rest.length < maxSteps; index--) rest.push(more[index]);
      };
      while (rest.length > 0 && seen.size < maxSteps) {
        const value = rest.pop();
        if (typeof value !== 'object' || value === null || seen.has(value)) continue;
        seen.add(value);
        if (value instanceof KeyOrigin) found.set(JSON.stringify([value.source, value.key, value.text]), value);
        else if (value instanceof Traced) push(value.from);
        else if (isPair(value)) push([new KeyOrigin(value.key, value.value)]);
        else if (paths.has(value)) push(Object.entries(value).map(([part, inner]) => originIn(value, part, inner)));
        else if (directories.has(value)) push((value as readonly string[]).map((name) => read(value, 0, name)));
        else if (derived.has(value)) push(derived.get(value) ?? []);
        else if (hasOrigin(value)) push(value as readonly unknown[]);
      }
      return [...found.values()];
    },
  };

  function originIn(directory: object, part: string, inner: unknown): unknown {
    const seen = read(directory, part, inner);
    return seen instanceof Traced || typeof seen === 'object' ? seen : undefined;
  }
}

function originBelow(directory: string, name: string): KeyOrigin {
  return new KeyOrigin(directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`, name);
}
