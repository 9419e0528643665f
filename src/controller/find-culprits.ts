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
 * Finds a small set of candidates without which the check accepts the rest. All of them together are known to be refused with `words`. The
 * consumer's words split a group; without a hint it is halved. After 12 runs, everything that is not known to be good counts as bad.
 *
 * @returns the bad candidates with the words about each
 */
export async function findCulprits(
  candidates: readonly string[],
  words: string,
  { ask, suspects }: Search,
): Promise<ReadonlyMap<string, string>> {
  const good: string[] = [];
  const bad = new Map<string, string>();
  let runs = 0;
  const test = (group: readonly string[]): Promise<Refusal> => {
    runs += 1;
    return ask(new Set([...good, ...group]));
  };

  /** Refused together with the good ones, with the words in `said`. */
  let group = candidates;
  let said = words;
  for (;;) {
    /** Not tried without a bad group. */
    let untried: readonly string[] = [];
    // One run is kept for the untried.
    while (group.length > 1 && runs < mostRuns - 1) {
      const [first, second] = split(group, suspects(said, group));
      const refusal = await test(first);
      if (refusal === undefined) {
        good.push(...first);
        group = second;
      } else {
        untried = [...untried, ...second];
        group = first;
        said = refusal;
      }
    }
    for (const name of group) bad.set(name, said);
    if (untried.length === 0) return bad;
    const refusal = runs < mostRuns ? await test(untried) : said;
    if (refusal === undefined) return bad;
    group = untried;
    said = refusal;
    if (runs >= mostRuns) {
      for (const name of group) bad.set(name, said);
      return bad;
    }
  }
}

/** The part that is tried first, and the rest. Both have members. */
function split(group: readonly string[], suspects: ReadonlySet<string>): [readonly string[], readonly string[]] {
  const rest = group.filter((name) => !suspects.has(name));
  if (rest.length > 0 && rest.length < group.length) return [rest, group.filter((name) => suspects.has(name))];
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
}
