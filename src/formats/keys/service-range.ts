import type { FormatContext } from '../kind.js';
import { layoutOf } from '../registry.js';
import type { FormatSpec } from '../schema.js';
import { baseOf, canonicalPrefix } from '../../model/key-prefix.js';
import { validateFragment } from '../../model/validate.js';
import { fillKey, isService, matchKey } from './pattern.js';
import { patternsOf } from './layout.js';

/** The keys that a client reads from etcd for one service, or for all services. */
export interface ServiceRange {
  /** Canonical: see `canonicalPrefix`. */
  readonly prefix: string;
  /** The part of each key before the segments that the pattern counts. */
  readonly base: string;
}

export interface RangeRequest extends Pick<FormatContext, 'trustValue' | 'key'> {
  /** The prefix before the pattern. Default: the usual prefix of the format. */
  readonly prefix?: string | undefined;
  /** Default: every service. */
  readonly service?: string | undefined;
}

/** The default prefix of a format's keys; undefined when its writers have no default. */
function usualPrefix(spec: FormatSpec): string | undefined {
  if (spec.name === 'auto' || spec.name === 'plain' || spec.name === 'json') return '/services/';
  return layoutOf(spec.name)?.root;
}

/** The keys of these formats begin with the service. So a request for one service needs no prefix. */
const withoutUsualPrefix: ReadonlySet<string> = new Set(['grpc-endpoints', 'go-zero', 'jetcd-resolver']);

/**
 * The key range that holds the registrations of a request. For one service, the range is the part of the pattern before the service, and
 * the service: a reader needs permission for this range only. The range is the whole prefix when other keys may belong to the service: the
 * pattern has `<_>` or `<id>` before the service, the format encodes service names, the source trusts values, or the keys name no service.
 */
export function rangeOfService(spec: FormatSpec, request: RangeRequest): ServiceRange | { readonly problem: string } {
  const { service, key, trustValue = false } = request;
  const usual = usualPrefix(spec) ?? (service !== undefined && withoutUsualPrefix.has(spec.name) ? '' : undefined);
  const given = request.prefix ?? usual;
  if (given === undefined) return { problem: `the format ${spec.name} has no default prefix: set \`prefix\`` };
  const prefix = canonicalPrefix(given);
  const base = baseOf(prefix);
  const whole = { prefix, base };
  if (service === undefined) return whole;
  const name = validateFragment({ service, id: '-', address: '192.0.2.1', port: 1 }, { source: '', key: '' });
  if ('rejected' in name) return { problem: name.reason };
  const layout = layoutOf(spec.name);
  const [pattern, ...others] = layout === undefined ? [] : patternsOf(layout, { base, key });
  if (pattern === undefined || !pattern.namesService || trustValue || layout?.encodedService === true) return whole;
  const at = pattern.parts.findIndex(isService);
  const before = pattern.parts.slice(0, at);
  const start = startOf(pattern.text, at);
  const isShared = others.every(({ text }) => startOf(text, at) === start);
  if (prefix !== base || !isShared || before.some(({ kind }) => kind !== 'literal')) return whole;
  const upToService = { ...pattern, parts: pattern.parts.slice(0, at + 1) };
  const filled = fillKey(upToService, service, '') ?? '';
  if (matchKey(upToService, filled)?.service !== service)
    return { problem: `the service name has an empty segment, or more segments than ${pattern.text} has for it` };
  // The service is the last segment: the range is one key.
  if (at + 1 === pattern.parts.length) return { prefix: `${base}${filled}`, base };
  return { prefix: `${base}${filled}/`, base };
}

/** The text of a pattern up to and including segment `at`. */
function startOf(pattern: string, at: number): string {
  return pattern
    .split('/')
    .slice(0, at + 1)
    .join('/');
}
