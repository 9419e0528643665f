import type { LoadedConfig } from '../../config/load.js';
import type { ConfigProblem } from '../../config/problem.js';
import { withDeadline } from '../../model/deadline.js';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';

/**
 * Makes a problem for each destination of a target that does not answer, or does not let rollcall read it. Only kinds with a destination of their own
 * are asked, such as a name server.
 *
 * @param timeout milliseconds for each target
 */
export async function checkDestinations(
  { config, kinds, locate }: LoadedConfig,
  clock: Clock,
  timeout: number,
): Promise<ConfigProblem[]> {
  const found = config.targets.flatMap((target, index) =>
    kinds.blocksOf(target).map(async ({ kind, options }) => {
      const maker = await kind.load();
      if (!maker.probe) return [];
      const at = ['targets', index, kind.key];
      try {
        const problems = await withDeadline(
          { timeout, clock },
          async (signal) => (await maker.probe?.(options, { clock }, signal)) ?? [],
        );
        return problems.map(({ at: own, error }) => locate([...at, ...own], error.message, error.hint));
      } catch (error) {
        if (error instanceof RollcallError) throw error;
        return [locate(at, `its destination did not answer within ${timeout} ms`)];
      }
    }),
  );
  return (await Promise.all(found)).flat();
}
