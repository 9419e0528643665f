import type { ProcessStatus } from '../model/status.js';

/** One line of `/readyz?verbose`. */
export interface ReadyCheck {
  readonly name: string;
  /** Undefined: it is well. It names no instance. */
  readonly problem: string | undefined;
}

/**
 * Whether the process keeps its targets in step: every source has been listed, every watch is alive, and no target has failed for
 * `unreadyAfter` milliseconds.
 *
 * @param now wall-clock milliseconds
 */
export function checkReadiness(
  { sources, targets }: Pick<ProcessStatus, 'sources' | 'targets'>,
  unreadyAfter: number,
  now: number,
): readonly ReadyCheck[] {
  return [
    ...sources.map(({ name, listed }) => ({ name: `list/${name}`, problem: listed ? undefined : 'not listed yet' })),
    ...sources.map(({ name, watch }) => ({ name: `watch/${name}`, problem: watch === 'live' ? undefined : watch })),
    ...targets.map(({ name, failingSince, last }) => {
      const ms = failingSince === null ? -1 : now - Date.parse(failingSince);
      const isLate = failingSince !== null && ms >= unreadyAfter;
      const why = last?.problem?.code ?? last?.result ?? 'failed';
      return { name: `target/${name}`, problem: isLate ? `${why} for ${Math.floor(ms / 1000)}s` : undefined };
    }),
  ];
}

/** The text in the manner of the Kubernetes API server: `[+]watch/services ok`. */
export function describeReadiness(checks: readonly ReadyCheck[], path: string): string {
  const lines = checks.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const end = checks.some(({ problem }) => problem !== undefined) ? 'failed' : 'passed';
  return [...lines, `${path} check ${end}`, ''].join('\n');
}
