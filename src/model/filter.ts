import type { Instance, Status } from './instance.js';

/**
 * Selects instances. Every given field must match. In a list, one match is enough; of `tags`, the instance must have all. So an
 * empty list matches no instance, but empty `tags` match every instance.
 */
export interface InstanceFilter {
  /** Names or globs. `*` matches any number of characters, also `/`. */
  readonly services?: readonly string[];
  readonly tags?: readonly string[];
  readonly status?: readonly Status[];
  readonly zones?: readonly string[];
  readonly versions?: readonly string[];
  readonly schemes?: readonly string[];
  /** Each of these keys must have this value. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export type InstancePredicate = (instance: Instance) => boolean;

/** The filter as a predicate; undefined when it matches every instance. */
export function compileFilter(filter: InstanceFilter | undefined): InstancePredicate | undefined {
  if (filter === undefined) return undefined;
  const { services, tags, status, zones, versions, schemes, metadata } = filter;
  const tests: InstancePredicate[] = [];
  if (services !== undefined) {
    const { matches } = compileNames(filter);
    tests.push(({ service }) => matches(service));
  }
  if (status !== undefined) tests.push((instance) => status.includes(instance.status));
  if (zones !== undefined) tests.push((instance) => zones.includes(instance.zone));
  if (versions !== undefined) tests.push((instance) => versions.includes(instance.version));
  if (schemes !== undefined) tests.push((instance) => schemes.includes(instance.scheme));
  if (tags !== undefined && tags.length > 0) tests.push((instance) => tags.every((tag) => instance.tags.includes(tag)));
  if (metadata !== undefined) {
    const wanted = Object.entries(metadata);
    if (wanted.length > 0) tests.push((instance) => wanted.every(([key, value]) => instance.metadata[key] === value));
  }
  return tests.length === 0 ? undefined : (instance) => tests.every((test) => test(instance));
}

/** The service names that a filter can match. */
export interface NameFilter {
  /** The only names that can match, if the filter names services without `*`. */
  readonly literal: readonly string[] | undefined;
  /** False: the filter matches no instance of this service. */
  readonly matches: (service: string) => boolean;
}

/** The part of a filter that needs no instance. */
export function compileNames(filter: InstanceFilter | undefined): NameFilter {
  const services = filter?.services;
  if (services === undefined) return { literal: undefined, matches: () => true };
  const names = new Set(services.filter((glob) => !glob.includes('*')));
  const globs = services.filter((glob) => glob.includes('*')).map(compileGlob);
  return {
    literal: globs.length === 0 ? [...names] : undefined,
    matches: (service) => names.has(service) || globs.some((matches) => matches(service)),
  };
}

/** Searches the pieces between the stars from left to right. This is linear; a regular expression could take exponential time. */
function compileGlob(glob: string): (text: string) => boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === glob;
  return (text) => {
    if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
    const end = text.length - tail.length;
    let at = head.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
