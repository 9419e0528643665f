/** The most runs of the check that one search may cost. */
const mostRuns = 12;
/** Of these, the most that are spent on candidates alone. */
const mostAlone = 4;

/** The answer to one question of the search: undefined when the outputs are accepted, else the consumer's words. */
export type Refusal = string | undefined;

export interface Search {
  /**
   * Asks the check about the outputs in which only these candidates are new.
   *
   * @throws when the check cannot answer; the search then ends with this error
   */
  readonly ask: (changed: ReadonlySet<string>) => Promise<Refusal>;
  /** Candidates that an earlier search kept out without an answer about each: some of them are tried alone, in this order. */
  readonly unproven: readonly string[];
  /** The members of a group that the consumer's words point at. May be empty. */
  readonly suspects: (words: string, group: readonly string[]) => ReadonlySet<string>;
}

/**
 * Finds a small set of candidates without which the check accepts the rest. All of them together are known to be refused with `words`. The
 * consumer's words split a group; without a hint it is halved. After 12 runs, everything that is not known to be good is kept out.
 *
 * @returns the candidates to keep out, with the words about each; undefined for one that was not tried alone
 */
export async function findCulprits(
  candidates: readonly string[],
  words: string,
  { ask, suspects, unproven }: Search,
): Promise<ReadonlyMap<string, string | undefined>> {
  const good: string[] = [];
  const bad = new Map<string, string | undefined>();
  let runs = 0;
  const test = (group: readonly string[]): Promise<Refusal> => {
    runs += 1;
    return ask(new Set([...good, ...group]));
  };

  for (const name of unproven.slice(0, mostAlone)) {
    const refusal = await test([name]);
    if (refusal === undefined) good.push(name);
    else bad.set(name, refusal);
  }
  /** Refused together with the good ones, with the words in `said`. */
  let group: readonly string[] = candidates.filter((name) => !good.includes(name) && !bad.has(name));
  let said = words;
  if (bad.size > 0) {
    const refusal = group.length === 0 ? undefined : await test(group);
    if (refusal === undefined) return bad;
    said = refusal;
  }
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
    for (const name of group) bad.set(name, group.length === 1 ? said : undefined);
    if (untried.length === 0) return bad;
    if (runs >= mostRuns) {
      for (const name of untried) bad.set(name, undefined);
      return bad;
    }
    const refusal = await test(untried);
    if (refusal === undefined) return bad;
    group = untried;
    said = refusal;
  }
}

/** The part that is tried first, and the rest. Both have members. */
function split(group: readonly string[], suspects: ReadonlySet<string>): [readonly string[], readonly string[]] {
  const rest = group.filter((name) => !suspects.has(name));
  if (rest.length > 0 && rest.length < group.length) return [rest, group.filter((name) => suspects.has(name))];
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
}
