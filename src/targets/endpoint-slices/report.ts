import type { Log } from '../../ports/runtime.js';

/** Tells once what a target leaves as it is. */
export interface Report {
  /** @param slices by the full name of their Service */
  foreignSlices(slices: ReadonlyMap<string, readonly string[]>): void;
  drift(drifted: readonly string[]): void;
  hidden(services: readonly string[]): void;
}

/** The most names in the fields of a line. */
const most = 20;

export function createReport(log: Log): Report {
  let saidForeign = '';

  return {
    foreignSlices(slices) {
      const lines = [...slices].map(([service, names]) => `${service}: ${names.join(', ')}`);
      const now = lines.join('\n');
      if (lines.length > 0 && now !== saidForeign)
        log.warn(
          { slices: lines.slice(0, most), count: lines.length },
          `other programs have EndpointSlices for ${lines.length} Services of this target, and their endpoints get traffic too: ${lines[0]}`,
        );
      saidForeign = now;
    },
    drift(drifted) {
      if (drifted.length === 0) return;
      log.warn({ drifted: drifted.slice(0, most), count: drifted.length }, `${drifted[0]}: it is written again`);
    },
    hidden(services) {
      if (services.length === 0) return;
      log.warn(
        { objects: services.slice(0, most), count: services.length },
        `${services.length} Services that this target made under an earlier config are left as they are, because the API server refuses access to them: ${services.slice(0, 5).join(', ')}`,
      );
    },
  };
}
