import * as z from 'zod';
import type { TargetKinds } from '../targets/kinds.js';
import type { ParsedConfig } from './parse-config.js';
import type { LoadedConfig } from './load.js';
import { valueAt, type ConfigPath } from './problem.js';
import { configSchemaOf, type Config } from './schema.js';
import { parseSafely } from './safe-parse.js';
import { sourceSchema } from './source.js';
import { createTargetSchema } from './target.js';

/** The valid part of a wrong config, for further checks. It is not meant to run. */
export interface PartialConfig extends LoadedConfig {
  /** Top-level keys from which a wrong part was removed. */
  readonly lossy: ReadonlySet<string>;
}

/** The schema of a config that may lack sources and targets. */
function lenientSchemaOf(kinds: TargetKinds): z.ZodType<Config> {
  return configSchemaOf(kinds).extend({
    sources: z.array(sourceSchema).prefault([]),
    targets: z.array(createTargetSchema(kinds)).prefault([]),
  });
}

// Each round removes at least one value. No config needs that many rounds.
const ROUNDS = 100;

/** For each list that lost items: the index in the file of each remaining item. */
type Origins = WeakMap<readonly unknown[], readonly number[]>;

/**
 * Corrects misspelt keys and removes wrong values. Where a required value is wrong, it removes the map that needs it. `locate`
 * of the result gives the places in the file.
 *
 * @returns undefined when nothing is left, or the file is no YAML
 */
export function parsePartially(parsed: ParsedConfig): PartialConfig | undefined {
  const { file, directory, kinds, warnings, files, locate, misspelt } = parsed;
  const rest = { file, directory, kinds, warnings, files };
  if (parsed.config) return { ...rest, config: parsed.config, locate, lossy: new Set() };
  const schema = lenientSchemaOf(kinds);
  const origins: Origins = new WeakMap();
  const lossy = new Set<string>();
  let data = misspelt.reduce<unknown>((whole, { path, meant }) => rename(whole, path, meant, origins), parsed.data);
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = parseSafely(schema, data);
    if (result.success) {
      const found = data;
      return {
        ...rest,
        config: result.data,
        locate: (path, message, hint) => locate(trace(path, found, origins), message, hint),
        lossy,
      };
    }
    const cuts = distinct(result.error.issues.flatMap((issue) => cutsOf(issue, data)));
    if (cuts.some((path) => path.length === 0)) return undefined;
    for (const path of cuts) {
      lossy.add(String(path[0]));
      data = change(data, path, origins, () => undefined);
    }
  }
  return undefined;
}

/** The paths to remove: of a wrong value, or of the map that lacks a required key. */
function cutsOf(issue: z.core.$ZodIssue, data: unknown): ConfigPath[] {
  const path = issue.path as ConfigPath;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  let length = path.length;
  while (length > 0 && valueAt(data, path.slice(0, length)) === undefined) length -= 1;
  return [path.slice(0, length)];
}

/** Each path once, in an order in which they can be removed one by one: inner paths first, and last items of lists first. */
function distinct(paths: readonly ConfigPath[]): ConfigPath[] {
  const unique = new Map(paths.map((path) => [JSON.stringify(path), path]));
  return [...unique.values()].sort((a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
      const [one = '', other = ''] = [a[i], b[i]];
      if (one !== other) return one < other ? 1 : -1;
    }
    return b.length - a.length;
  });
}

function rename(data: unknown, path: ConfigPath, meant: string, origins: Origins): unknown {
  const value = valueAt(data, path);
  const right = [...path.slice(0, -1), meant];
  if (valueAt(data, right) !== undefined) return data;
  return change(
    change(data, path, origins, () => undefined),
    right,
    origins,
    () => value,
  );
}

/** A copy with another value at the path; undefined removes the key, or the item of the list. */
function change(data: unknown, path: ConfigPath, origins: Origins, next: (value: unknown) => unknown): unknown {
  const [segment, ...below] = path;
  if (segment === undefined) return next(data);
  if (Array.isArray(data)) {
    const list = data as readonly unknown[];
    const changed = list.map((item, index) => (index === segment ? change(item, below, origins, next) : item));
    const known = origins.get(list);
    const kept = [...changed.keys()].filter((index) => index !== segment || changed[index] !== undefined);
    const result = kept.map((index) => changed[index]);
    origins.set(
      result,
      kept.map((index) => known?.[index] ?? index),
    );
    return result;
  }
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries({
    ...data,
    [segment]: change((data as Record<string, unknown>)[segment], below, origins, next),
  });
  return Object.fromEntries(entries.filter(([key, value]) => key !== segment || value !== undefined));
}

/** The path in the file for a path of the remaining data. */
function trace(path: ConfigPath, data: unknown, origins: Origins): ConfigPath {
  return path.map((segment, depth) => {
    const parent = valueAt(data, path.slice(0, depth));
    return Array.isArray(parent) && typeof segment === 'number' ? (origins.get(parent)?.[segment] ?? segment) : segment;
  });
}
