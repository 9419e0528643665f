import type { ConfiguredKeys } from '../formats/keys/settings.js';
import { canonicalPrefix } from '../model/key-prefix.js';

/** The few things of a config that its parts have in common, as far as they have the right shape. */
export interface Outline {
  readonly sources: readonly {
    readonly name: string | undefined;
    /** Canonical. */
    readonly prefix: string | undefined;
    readonly keys: ConfiguredKeys;
  }[];
  readonly targets: readonly {
    readonly name: string | undefined;
    readonly keys: readonly string[];
    readonly sources: readonly (string | undefined)[];
    readonly expect: readonly (string | undefined)[];
    /** `select.services`; undefined when nothing is said. */
    readonly selected: readonly (string | undefined)[] | undefined;
    readonly files: readonly { readonly path: string | undefined }[];
    /** Set when the target is of that kind and writes to the etcd that is read. */
    readonly skydns:
      { readonly prefix: string; readonly domain: string | undefined; readonly owner: string | undefined } | undefined;
  }[];
}

/** Draws the sketch from raw data. What has another shape is left out; the schema says so. */
export function outlineConfig(data: unknown): Outline {
  return {
    sources: list(get(data, 'sources')).map((source) => ({
      name: text(get(source, 'name')),
      ...drawKeys(source),
    })),
    targets: list(get(data, 'targets')).map((target) => {
      const selected = get(get(target, 'select'), 'services');
      const skydns = get(target, 'skydns');
      return {
        name: text(get(target, 'name')),
        keys: isMap(target) ? Object.keys(target) : [],
        sources: list(get(target, 'sources')).map(text),
        expect: list(get(target, 'expect')).map(text),
        selected: selected === undefined ? undefined : list(selected).map(text),
        files: list(get(target, 'files')).map((file) => ({ path: text(get(file, 'path')) })),
        skydns:
          isMap(skydns) && get(skydns, 'etcd') === undefined
            ? {
                prefix: text(get(skydns, 'prefix')) ?? '/skydns',
                domain: text(get(skydns, 'domain')),
                owner: text(get(skydns, 'owner')),
              }
            : undefined,
      };
    }),
  };
}

function drawKeys(source: unknown): Pick<Outline['sources'][number], 'prefix' | 'keys'> {
  const prefix = text(get(source, 'prefix'));
  const exact = get(source, 'exact') === true;
  const format = get(source, 'format');
  const nameless = (text(format) ?? text(get(format, 'name'))) === 'raw';
  return {
    prefix: prefix === undefined ? undefined : canonicalPrefix(prefix, exact),
    keys: {
      ...{ prefix: prefix ?? '', exact: exact && prefix !== undefined, nameless },
      ...{ key: text(get(source, 'key')), service: text(get(source, 'service')) },
    },
  };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function get(value: unknown, key: string): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
