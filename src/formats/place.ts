import { validateFragment } from '../model/validate.js';
import type { FormatContext } from './kind.js';
import type { FormatSpec } from './schema.js';

/** Where registrations are looked for, and by which format. */
export interface ServicePlace {
  readonly prefix: string;
  readonly spec: FormatSpec;
}

/** What their writers put before the service. Of the other formats each site has its own. */
const usual: Readonly<Partial<Record<FormatSpec['name'], string>>> = {
  auto: '/services/',
  plain: '/services/',
  json: '/services/',
  kratos: '/microservices/',
  kitex: 'kitex/registry-etcd/',
  hertz: 'hertz/registry-etcd/',
};

/** The prefix of all services, where none is given; undefined: there is no usual one. */
export function usualPrefix(spec: FormatSpec): string | undefined {
  return spec.name === 'kratos' ? kratosRoot(spec.namespace) : usual[spec.name];
}

/** These writers put the service first of all; its name may have slashes. */
const bare: ReadonlySet<string> = new Set(['grpc-endpoints', 'go-zero', 'jetcd-resolver']);

/**
 * Where one service's registrations are. Where a format's keys go on with the service after the prefix, that is `<prefix><service>/`
 * alone; of the other formats, and where a value may name another service than its key, it is the whole prefix.
 *
 * @param prefix what stands before the service; default: the usual one of the format
 */
export function placeOfService(
  spec: FormatSpec,
  service: string,
  prefix: string | undefined,
  { trustValue = false }: FormatContext,
): ServicePlace | { readonly problem: string } {
  const name = validateFragment({ service, id: '-', address: '192.0.2.1', port: 1 }, { source: '', key: '' });
  if ('rejected' in name) return { problem: name.reason };
  const before = prefix ?? (bare.has(spec.name) ? '' : usualPrefix(spec));
  if (before === undefined) return { problem: `${spec.name} has no usual prefix: name one` };
  const depth = depthOf(spec, before);
  if (trustValue || depth === undefined) return { prefix: before, spec };
  if (before !== '' && !before.endsWith('/'))
    return { problem: 'the prefix is what stands before the service, and ends in a slash' };
  const segments = service.split('/');
  if (segments.includes('')) return { problem: 'the service name begins or ends with a slash, or has two in a row' };
  if (depth !== 'any' && segments.length !== Math.max(depth, 1))
    return { problem: `the service name is ${depth < 2 ? 'one segment' : `${depth} segments`} of a key` };
  const place = `${before}${service}${depth === 0 ? '' : '/'}`;
  return { prefix: place, spec: bare.has(spec.name) ? ({ ...spec, depth: segments.length } as FormatSpec) : spec };
}

/** How many segments behind the prefix are the service; undefined where it does not stand right behind the prefix. */
function depthOf(spec: FormatSpec, prefix: string): number | 'any' | undefined {
  const { name } = spec;
  if (name === 'auto' || name === 'plain' || name === 'json') return spec.depth;
  if (name === 'grpc-endpoints' || name === 'go-zero' || name === 'jetcd-resolver') return spec.depth ?? 'any';
  if (name === 'kratos') return prefix === kratosRoot(spec.namespace) ? 'any' : 1;
  if (name === 'hertz') return /^\/?hertz\/registry-etcd\/$/.test(prefix) ? 'any' : 1;
  return name === 'kitex' || name === 'rpcx' ? 1 : undefined;
}

function kratosRoot(namespace: string): string {
  return `${namespace.replace(/\/+$/, '')}/`;
}
