import type { ConfiguredKeys } from '../formats/keys/settings.js';
import { canonicalPrefix } from '../model/key-prefix.js';
import { isMap, itemsOf, textOf, valueOf } from '../model/raw-data.js';
import type { OutputClaim } from '../targets/claim.js';
import type { TargetKinds } from '../targets/kinds.js';
import type { ConfigPath } from './problem.js';

/** The values of a config that parts refer to each other by, as far as they have the right shape. */
export interface Outline {
  /** `kubernetes.namespace`. */
  readonly namespace: string | undefined;
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
    /** `select.services`; undefined when the config does not have it. */
    readonly selected: readonly (string | undefined)[] | undefined;
    /** The sources that its blocks name, with the paths of the names. */
    readonly named: readonly { readonly name: string; readonly path: ConfigPath }[];
    /** The outputs that its blocks claim. */
    readonly claims: readonly LocatedClaim[];
  }[];
}

/** A claim on an output, and the path of the block that makes it. */
export interface LocatedClaim {
  readonly claim: OutputClaim;
  readonly block: ConfigPath;
}

/** Takes the outline from raw data of any shape. A value of a wrong shape is left out; the schema reports it. */
export function outlineConfig(data: unknown, kinds: TargetKinds): Outline {
  return {
    namespace: textOf(valueOf(valueOf(data, 'kubernetes'), 'namespace')),
    sources: itemsOf(valueOf(data, 'sources')).map((source) => ({
      name: textOf(valueOf(source, 'name')),
      ...outlineKeys(source),
    })),
    targets: itemsOf(valueOf(data, 'targets')).map((target, index) => {
      const selected = valueOf(valueOf(target, 'select'), 'services');
      return {
        name: textOf(valueOf(target, 'name')),
        keys: isMap(target) ? Object.keys(target) : [],
        sources: itemsOf(valueOf(target, 'sources')).map(textOf),
        expect: itemsOf(valueOf(target, 'expect')).map(textOf),
        selected: selected === undefined ? undefined : itemsOf(selected).map(textOf),
        named: kinds.blocksOf(target).flatMap(({ kind, options }) =>
          (kind.sources?.(options) ?? []).map(({ name, at }) => ({
            name,
            path: ['targets', index, kind.key, ...at],
          })),
        ),
        claims: kinds.blocksOf(target).flatMap(({ kind, options }) => {
          const block = ['targets', index, kind.key];
          return kind.claims(options).map((claim) => ({ claim, block }));
        }),
      };
    }),
  };
}

function outlineKeys(source: unknown): Pick<Outline['sources'][number], 'prefix' | 'keys'> {
  const prefix = textOf(valueOf(source, 'prefix'));
  const exact = valueOf(source, 'exact') === true;
  const format = valueOf(source, 'format');
  const nameless = (textOf(format) ?? textOf(valueOf(format, 'name'))) === 'raw';
  return {
    prefix: prefix === undefined ? undefined : canonicalPrefix(prefix, exact),
    keys: {
      ...{ prefix: prefix ?? '', exact: exact && prefix !== undefined, nameless },
      ...{ key: textOf(valueOf(source, 'key')), service: textOf(valueOf(source, 'service')) },
      requireLease: valueOf(source, 'requireLease') === true,
    },
  };
}
