/** The most runs of the check that one search may cost. */
const mostRuns = 12;

/** The answer to one question of the search: undefined when the outputs are accepted, else the consumer's words. */
export type Refusal = string | undefined;

export interface Search {
  /**
   * Asks the check about the outputs in which only these candidates are new.
   *
   * @throws when the check cannot answer; the search then ends with this error
   */
  readonly ask: (changed: ReadonlySet<string>) => Promise<Refusal>;
  /** The members of a group that the consumer's words point at. May be empty. */
  readonly suspects: (words: string, group: readonly string[]) => ReadonlySet<string>;
}

/**
 * Finds the smallest known set of candidates without which the check accepts the rest. All of them together are known to be refused with
 * `words`. The consumer's words split a group; without a hint it is halved. After 12 runs, everything that is not known to be good counts
 * as bad.
 *
 * @returns the bad candidates with the words about each
 */
export async function findCulprits(
  candidates: readonly string[],
  words: string,
  { ask, suspects }: Search,
): Promise<ReadonlyMap<string, string>> {
  const good = new Set<string>();
  const bad = new Map<string, string>();
  let runs = 0;

  /** `group` is refused together with `good`. */
  async function divide(group: readonly string[], said: string): Promise<void> {
    if (group.length <= 1 || runs >= mostRuns) {
      for (const name of group) bad.set(name, said);
      return;
    }
    const [first, second] = split(group, suspects(said, group));
    if (await accepts(first, said)) {
      // Without `second` it is accepted, so the words were about `second`.
      await divide(second, said);
    } else await accepts(second, said);
  }

  /** Adds the group to the good ones, or divides it. @returns whether all of it is good */
  async function accepts(group: readonly string[], said: string): Promise<boolean> {
    if (runs >= mostRuns) {
      for (const name of group) bad.set(name, said);
      return false;
    }
    runs += 1;
    const refusal = await ask(new Set([...good, ...group]));
    if (refusal === undefined) {
      for (const name of group) good.add(name);
      return true;
    }
    await divide(group, refusal);
    return false;
  }

  await divide(candidates, words);
  return bad;
}

/** The part that is tried first, and the rest. Both have members. */
function split(group: readonly string[], suspects: ReadonlySet<string>): [readonly string[], readonly string[]] {
  const rest = group.filter((name) => !suspects.has(name));
  if (rest.length > 0 && rest.length < group.length) return [rest, group.filter((name) => suspects.has(name))];
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
}
