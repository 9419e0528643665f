import type { z } from 'zod';
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

type FormatName = keyof typeof formats;

/** A format and its options, complete: what the config's schema hands on, or what `auto` was settled to. */
export type SettledSpec = { [N in FormatName]: { name: N } & z.output<(typeof formats)[N]['options']> }[FormatName];

/** The format that a spec names. Never throws. */
export function createFormat(spec: SettledSpec, context: FormatContext = {}): Format {
  const kind: FormatKind<z.ZodObject> = formats[spec.name];
  return kind.create(spec, context);
}
