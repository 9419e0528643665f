import { valueOf } from '../model/raw-data.js';
import type { TargetKind } from './kind.js';

/** The kinds of targets that a config may use. */
export interface TargetKinds {
  readonly all: readonly TargetKind[];
  /** The keys of their blocks, in the same order. */
  readonly keys: readonly string[];
  /** The blocks of a target, in the order of the kinds. A valid target has exactly one. */
  blocksOf(target: unknown): readonly TargetBlock[];
}

/** A kind, and the block of this kind in a target. */
export interface TargetBlock {
  readonly kind: TargetKind;
  /** The block as it is in the target: raw, or parsed if the target is parsed. */
  readonly options: unknown;
}

/** @throws TypeError when two kinds have the same key */
export function createTargetKinds(all: readonly TargetKind[]): TargetKinds {
  const keys = all.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  if (twice !== undefined) throw new TypeError(`two kinds of targets have the key ${twice}`);
  return {
    all,
    keys,
    blocksOf: (target) =>
      all.flatMap((kind) => {
        const options = valueOf(target, kind.key);
        return options === undefined ? [] : [{ kind, options }];
      }),
  };
}
