import { problemAt, showPath, type ConfigPath, type UnlocatedProblem } from './problem.js';

/** Makes a problem for each value that an earlier place has too. Undefined values are ignored. */
export function findTaken(
  values: readonly (readonly [value: string | undefined, path: ConfigPath])[],
): UnlocatedProblem[] {
  const first = new Map<string, ConfigPath>();
  return values.flatMap(([value, path]) => {
    const holder = value === undefined ? undefined : first.get(value);
    if (value !== undefined && holder === undefined) first.set(value, path);
    return holder === undefined ? [] : [problemAt(path, `is taken already by ${showPath(holder)}`)];
  });
}
