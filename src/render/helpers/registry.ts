import { blocks } from './blocks.js';
import { hostClaims, ownHost } from './claims.js';
import { gt, gte, lt, lte } from './comparisons.js';
import { and, eq, ne, not, or } from './conditions.js';
import { base64, base64Decode, json, parseJson, sha256, urlEncode, yaml } from './encoding.js';
import type { BlockHelper, Helper } from './helper.js';
import { gather, labelNames } from './labels.js';
import { addressLabel, forbid, hostLabel, hostName, recordType } from './names.js';
import { exists, get, getAll, ls, lsdir } from './kv.js';
import { concat, contains, count, first, join, last, limit, listOf, reverse, seq, slice, sum } from './lists.js';
import { cidrContains, isIPv4, isIPv6, reverseName } from './network.js';
import { add, ceil, divide, floor, max, min, modulo, multiply, round, subtract, toNumber } from './numbers.js';
import { regexMatch, regexReplace } from './patterns.js';
import { filter, groupBy, reject, sortBy, unique } from './selection.js';
import { basename, capitalize, dirname, endsWith, indent, lower, padStart, replace, split } from './text.js';
import { startsWith, substring, trim, trimPrefix, trimSuffix, upper } from './text.js';
import { caseless, defaultHelper, env, lookup, required, service } from './values.js';
import { scaleWeight } from './weights.js';
import { unquoted, variable, variables } from './variables.js';

/** A group of related helpers: one table in docs/helpers.md. */
export interface HelperGroup {
  readonly name: string;
  readonly helpers: readonly Helper[];
}

/** All helpers that compute a value. A new helper is one word here. `npm run docs` writes docs/helpers.md from this list. */
export const helperGroups: readonly HelperGroup[] = [
  { name: 'values', helpers: [defaultHelper, required, lookup, service, env] },
  { name: 'conditions', helpers: [and, or, not, eq, ne, lt, lte, gt, gte] },
  { name: 'selection', helpers: [filter, reject, sortBy, groupBy, unique] },
  {
    name: 'lists',
    helpers: [join, contains, count, sum, first, last, limit, slice, reverse, concat, gather, listOf, seq],
  },
  {
    name: 'numbers',
    helpers: [add, subtract, multiply, divide, modulo, min, max, round, floor, ceil, toNumber, scaleWeight],
  },
  {
    name: 'text',
    helpers: [
      ...[upper, lower, capitalize, trim, trimPrefix, trimSuffix, startsWith, endsWith, replace, split, substring],
      ...[padStart, indent, regexMatch, regexReplace, basename, dirname],
    ],
  },
  { name: 'encoding', helpers: [json, parseJson, yaml, base64, base64Decode, urlEncode, sha256] },
  { name: 'network', helpers: [isIPv4, isIPv6, cidrContains, reverseName] },
  {
    name: 'names',
    helpers: [
      ...[caseless, hostName, hostLabel, addressLabel, recordType, labelNames, variable, variables, unquoted, forbid],
      hostClaims,
      ownHost,
    ],
  },
  { name: 'keys', helpers: [get, exists, getAll, ls, lsdir] },
];

/** All helpers by name. */
export const helpers: ReadonlyMap<string, Helper> = new Map(
  helperGroups.flatMap((group) => group.helpers.map((helper) => [helper.name, helper])),
);

/** All blocks by name. */
export const blockHelpers: ReadonlyMap<string, BlockHelper> = new Map(blocks.map((block) => [block.name, block]));
