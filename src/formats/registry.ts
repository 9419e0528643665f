import type { z } from 'zod';
import type { Entry } from '../model/entry.js';
import type { Format } from '../model/format.js';
import { apisix } from './apisix.js';
import { dubboApp } from './dubbo-app.js';
import { dubboInterface } from './dubbo-interface.js';
import { easegress } from './easegress.js';
import { goMicro } from './go-micro.js';
import { goZero } from './go-zero.js';
import { goframe } from './goframe.js';
import { grpcEndpoints } from './grpc-endpoints.js';
import { grpclbWeight } from './grpclb-weight.js';
import { jetcdResolver } from './jetcd-resolver.js';
import { json } from './json.js';
import { jupiter } from './jupiter.js';
import { patternsOf } from './keys/layout.js';
import type { KeyLayout } from './keys/layout.js';
import { createLocator } from './keys/locate.js';
import type { FormatContext, FormatKind } from './kind.js';
import { hertz, kitex } from './kitex.js';
import { kratos } from './kratos.js';
import { nerve } from './nerve.js';
import { nestcloud } from './nestcloud.js';
import { patroni } from './patroni.js';
import { plain } from './plain.js';
import { raw } from './raw.js';
import { rpcx } from './rpcx.js';
import { skydns } from './skydns.js';
import { traefik, traefikV1 } from './traefik.js';
import { vulcand } from './vulcand.js';

/** Every format by its name in the config. A new one is one file and one line here. */
export const formats = {
  plain,
  json,
  raw,
  kratos,
  kitex,
  hertz,
  'go-zero': goZero,
  'grpc-endpoints': grpcEndpoints,
  'go-micro': goMicro,
  skydns,
  'dubbo-app': dubboApp,
  'dubbo-interface': dubboInterface,
  rpcx,
  goframe,
  traefik,
  'traefik-v1': traefikV1,
  apisix,
  jupiter,
  easegress,
  nerve,
  nestcloud,
  patroni,
  vulcand,
  'grpclb-weight': grpclbWeight,
  'jetcd-resolver': jetcdResolver,
};

export type FormatName = keyof typeof formats;

/** A format and its options, complete: what the config's schema hands on, or what `auto` was settled to. */
export type ResolvedSpec = { [N in FormatName]: { name: N } & z.output<(typeof formats)[N]['options']> }[FormatName];

/**
 * The format that a spec names, for the keys of one source.
 *
 * @throws RangeError for a `key` that is no pattern: to be asked of `problemOfKeys` before
 */
export function createFormat(spec: ResolvedSpec, context: FormatContext = {}): Format {
  const kind: FormatKind<z.ZodObject> = formats[spec.name];
  const { trustValue = false, base = '' } = context;
  const format = kind.create(spec, { trustValue, keys: createLocator(kind.keys ?? nameless, { ...context, base }) });
  return {
    ...format,
    keys: describeReading(spec, context),
    decode: (entry) => (isDirectory(entry) ? { ignored: 'a directory' } : format.decode(entry)),
  };
}

/** Keys that name no service. */
const nameless: KeyLayout = { patterns: ['<id>'] };

/** `Format.keys`, of a format that need not be made for it. */
export function describeReading(
  { name, ...options }: ResolvedSpec,
  { trustValue, base = '', key, service }: FormatContext,
): string {
  const layout = layoutOf(name);
  if (layout === undefined) return '';
  const patterns = patternsOf(layout, { base, key, service }).map(({ text }) => text);
  const named = service === undefined ? '' : ` of ${service}`;
  const usual: Readonly<Record<string, unknown>> = formats[name].options.parse({});
  const set = Object.entries(options).filter(
    ([option, value]) => JSON.stringify(value) !== JSON.stringify(usual[option]),
  );
  const more = set.length === 0 ? '' : `, with ${JSON.stringify(Object.fromEntries(set))}`;
  return `${patterns.join(' or ')}${named}${trustValue === true ? ', or as values say' : ''}${more}`;
}

/** How the keys of a format are laid out; undefined where they name no service. */
export function layoutOf(name: FormatName | 'auto'): KeyLayout | undefined {
  const kind: FormatKind<z.ZodObject> = formats[name === 'auto' ? 'json' : name];
  return kind.keys;
}

/** An empty value under a key that ends in a slash: what tools write to show a directory. */
function isDirectory({ key, value }: Entry): boolean {
  return key.endsWith('/') && value.trim() === '';
}
