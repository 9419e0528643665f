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
import { createKeyLocator } from './keys/locate.js';
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

/** All formats by their names in the config. A new format is one file and one line here. */
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

/** A format with all its options: as the config's schema returns it, or as `auto` decided. */
export type ResolvedSpec = { [N in FormatName]: { name: N } & z.output<(typeof formats)[N]['options']> }[FormatName];

/**
 * Creates the format of a spec for the keys of one source.
 *
 * @throws RangeError for a `key` that is not a valid pattern. Callers check it with `problemsOfKeys` first.
 */
export function createFormat(spec: ResolvedSpec, context: FormatContext = {}): Format {
  const kind: FormatKind<z.ZodObject> = formats[spec.name];
  const { trustValue = false, base = '' } = context;
  const format = kind.create(spec, { trustValue, keys: createKeyLocator(kind.keys ?? idOnly, { ...context, base }) });
  return {
    ...format,
    keys: describeKeys(spec, context),
    decode: (entry) => (isDirectory(entry) ? { ignored: 'a directory' } : format.decode(entry)),
  };
}

/** The layout of keys that name no service. */
const idOnly: KeyLayout = { patterns: ['<id>'] };

/** The text of `Format.keys`, without creating the format. */
export function describeKeys(
  { name, ...options }: ResolvedSpec,
  { trustValue, base = '', key, service }: FormatContext,
): string {
  const layout = layoutOf(name);
  if (layout === undefined) return '';
  const patterns = patternsOf(layout, { base, key, service }).map(({ text }) => text);
  const ofService = service === undefined ? '' : ` of ${service}`;
  const defaults: Readonly<Record<string, unknown>> = formats[name].options.parse({});
  const changed = Object.entries(options).filter(
    ([option, value]) => JSON.stringify(value) !== JSON.stringify(defaults[option]),
  );
  const withOptions = changed.length === 0 ? '' : `, with ${JSON.stringify(Object.fromEntries(changed))}`;
  return `${patterns.join(' or ')}${ofService}${trustValue === true ? ', or as values say' : ''}${withOptions}`;
}

/** The layout of a format's keys; undefined when they name no service. */
export function layoutOf(name: FormatName | 'auto'): KeyLayout | undefined {
  const kind: FormatKind<z.ZodObject> = formats[name === 'auto' ? 'json' : name];
  return kind.keys;
}

/** Some tools mark a directory by an empty value under a key that ends in a slash. */
function isDirectory({ key, value }: Entry): boolean {
  return key.endsWith('/') && value.trim() === '';
}
