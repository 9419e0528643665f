import { blocks } from './blocks.js';
import { and, eq, not, or } from './conditions.js';
import type { BlockHelper, Helper } from './helper.js';
import { gather, labelNames } from './labels.js';
import { addressLabel, forbid, hostLabel, hostName, recordType } from './names.js';
import { caseless, defaultHelper, env, join, lookup, required, service, reject } from './values.js';
import { scaleWeight } from './weights.js';
import { unquoted, variable, variables } from './variables.js';

const byName = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((item) => [item.name, item]));

/** Every helper that makes a value. A new one is one line here; docs/templates.md is checked against this. */
export const helpers: ReadonlyMap<string, Helper> = byName([
  defaultHelper,
  required,
  eq,
  and,
  or,
  not,
  join,
  reject,
  lookup,
  env,
  service,
  caseless,
  scaleWeight,
  forbid,
  hostName,
  hostLabel,
  addressLabel,
  recordType,
  labelNames,
  gather,
  variables,
  variable,
  unquoted,
]);

/** Every block. */
export const blockHelpers: ReadonlyMap<string, BlockHelper> = byName(blocks);
