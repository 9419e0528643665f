import { canBeOneFile } from '../config/file-patterns.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../ports/runtime.js';
import { createOutputLocks } from '../state/output-locks.js';
import { targetKinds } from '../targets/registry.js';

/** Makes the files that this process writes known to other processes. */
export interface OutputClaims {
  /**
   * Claims the files of these configs, and no others, from now on.
   *
   * @throws RollcallError `OUTPUT_LOCKED`; the claims stay as they were
   */
  use(...configs: readonly Pick<Config, 'targets'>[]): Promise<void>;
  /** Aborts with an error `OUTPUT_LOCKED` when another process turns out to write the same files. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/** @param id a text that no other state directory has */
export function createOutputClaims(stateDir: string, id: string, log: Log): OutputClaims {
  const lost = new AbortController();
  const locks = createOutputLocks({
    ...{ stateDir, id, log },
    canMeet: (one, other) => canBeOneFile(`/${one}`, `/${other}`),
    onConflict(error) {
      lost.abort(error);
    },
  });
  return {
    use: (...configs) => locks.claim([...new Set(configs.flatMap(filesOf))]),
    lost: lost.signal,
    close: () => locks.close(),
  };
}

function filesOf({ targets }: Pick<Config, 'targets'>): string[] {
  const claims = targets.flatMap((target) =>
    targetKinds.blocksOf(target).flatMap(({ kind, options }) => kind.claims(options)),
  );
  return claims.flatMap((claim) => (claim.type === 'file' ? [claim.path] : []));
}
