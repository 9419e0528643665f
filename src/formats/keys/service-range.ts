import type { FormatContext } from '../kind.js';
import { layoutOf } from '../registry.js';
import type { FormatSpec } from '../schema.js';
import { baseOf, canonicalPrefix } from '../../model/key-prefix.js';
import { validateFragment } from '../../model/validate.js';
import { fillKey, isService, matchKey } from './pattern.js';
import { patternsOf } from './layout.js';

/** What is read of etcd for one service, or for all of them. */
export interface ServiceRange {
  /** Canonical. */
  readonly prefix: string;
  /** Where the segments of its keys begin. */
  readonly base: string;
}

export interface RangeRequest extends Pick<FormatContext, 'trustValue' | 'key'> {
  /** What stands before the pattern. Default: what is usual for the format. */
  readonly prefix?: string | undefined;
  /** Default: every service. */
  readonly service?: string | undefined;
}

/** What the keys of a format begin with where nothing else is said; undefined: each site has its own. */
function usualPrefix(spec: FormatSpec): string | undefined {
  if (spec.name === 'auto' || spec.name === 'plain' || spec.name === 'json') return '/services/';
  return layoutOf(spec.name)?.root;
}

/** These writers put the service first of all, so that nothing stands before one service. */
const bare: ReadonlySet<string> = new Set(['grpc-endpoints', 'go-zero', 'jetcd-resolver']);

/**
 * Where registrations are read. Of one service it is what stands before it in the pattern, and the service: a reader needs permission for that
 * alone. It is the whole prefix where the service may stand elsewhere: behind a segment that can be any, spelled in another way, or in
 * values that are trusted; and where the keys name no service at all.
 */
export function rangeOfService(spec: FormatSpec, request: RangeRequest): ServiceRange | { readonly problem: string } {
  const { service, key, trustValue = false } = request;
  const usual = usualPrefix(spec) ?? (service !== undefined && bare.has(spec.name) ? '' : undefined);
  const given = request.prefix ?? usual;
  if (given === undefined) return { problem: `${spec.name} has no usual prefix: name one` };
  const prefix = canonicalPrefix(given);
  const base = baseOf(prefix);
  const whole = { prefix, base };
  if (service === undefined) return whole;
  const name = validateFragment({ service, id: '-', address: '192.0.2.1', port: 1 }, { source: '', key: '' });
  if ('rejected' in name) return { problem: name.reason };
  const layout = layoutOf(spec.name);
  const [pattern, ...others] = layout === undefined ? [] : patternsOf(layout, { base, key });
  if (pattern === undefined || !pattern.namesService || trustValue || layout?.spelled === true) return whole;
  const at = pattern.parts.findIndex(isService);
  const before = pattern.parts.slice(0, at);
  const start = startOf(pattern.text, at);
  const isShared = others.every(({ text }) => startOf(text, at) === start);
  if (prefix !== base || !isShared || before.some(({ kind }) => kind !== 'literal')) return whole;
  const upToService = { ...pattern, parts: pattern.parts.slice(0, at + 1) };
  const filled = fillKey(upToService, service, '') ?? '';
  if (matchKey(upToService, filled)?.service !== service)
    return { problem: `the service name has an empty segment, or more segments than ${pattern.text} has for it` };
  // Nothing follows the service in its keys: it is one key.
  if (at + 1 === pattern.parts.length) return { prefix: `${base}${filled}`, base };
  return { prefix: `${base}${filled}/`, base };
}

/** A pattern up to its service. */
function startOf(pattern: string, at: number): string {
  return pattern
    .split('/')
    .slice(0, at + 1)
    .join('/');
}
