/** The most runs of the check that one search may cost. */
const mostRuns = 12;
/** Of these, the most that are spent on candidates alone. */
const mostAlone = 4;

/** The answer to one question of the search: undefined when the outputs are accepted, else the consumer's words. */
export type Refusal = string | undefined;

/** Thrown by `ask` when the time of the search is over. */
export class SearchOver extends Error {}

/** What earlier questions have shown. */
export interface Known {
  /** Candidates that the check accepts together. */
  readonly good: readonly string[];
  /** Candidates that the check refuses alone, with the words about each. */
  readonly bad: ReadonlyMap<string, string>;
  /** Candidates that it refuses beside the good ones, and its words. The search was about to look among them. */
  readonly suspect: Suspect | undefined;
}

export interface Suspect {
  readonly names: readonly string[];
  readonly words: string;
}

export interface Search {
  /**
   * Asks the check about the outputs in which only these candidates are new.
   *
   * @throws SearchOver when the time is over; when the check cannot answer, another error, with which the search ends
   */
  readonly ask: (changed: ReadonlySet<string>) => Promise<Refusal>;
  /** Candidates that an earlier search kept out without an answer about each: some of them are tried alone, in this order. */
  readonly unproven: readonly string[];
  /** The findings of an earlier search that ended before it was complete. */
  readonly known: Known;
  /** The members of a group that the consumer's words point at. May be empty. */
  readonly suspects: (words: string, group: readonly string[]) => ReadonlySet<string>;
}

export interface Findings {
  /** The candidates to keep out, with the words about each; undefined for one that was not tried alone. */
  readonly culprits: ReadonlyMap<string, string | undefined>;
  /** What a later search need not ask again. */
  readonly known: Known;
  /** Number of questions. */
  readonly runs: number;
  /** Whether the time was over before the search was complete. */
  readonly isCut: boolean;
}

/**
 * Finds a small set of candidates without which the check accepts the rest. All of them together are known to be refused with `words`. The
 * consumer's words split a group; without a hint it is halved. After 12 runs, or when the time is over, everything that is not known to be
 * good is kept out.
 */
export async function findCulprits(candidates: readonly string[], words: string, search: Search): Promise<Findings> {
  const good = [...search.known.good];
  const bad = new Map<string, string>(search.known.bad);
  let { suspect } = search.known;
  let runs = 0;
  let isCut = false;
  const test = (group: readonly string[]): Promise<Refusal> => {
    runs += 1;
    return search.ask(new Set([...good, ...group]));
  };
  try {
    const mayRun = (more: number): boolean => runs + more <= mostRuns;
    const narrow = (found: Suspect | undefined): void => {
      suspect = found;
    };
    await findIn(candidates, words, { ...search, good, bad, test, mayRun, narrow });
  } catch (error) {
    if (!(error instanceof SearchOver)) throw error;
    isCut = true;
  }
  const isGood = new Set(good);
  const culprits = new Map(candidates.filter((name) => !isGood.has(name)).map((name) => [name, bad.get(name)]));
  return { culprits, known: { good, bad, suspect }, runs, isCut };
}

interface Course extends Search {
  /** The findings so far. */
  readonly good: string[];
  readonly bad: Map<string, string>;
  /** Asks about the good candidates and this group. */
  readonly test: (group: readonly string[]) => Promise<Refusal>;
  /** Whether so many more questions may be asked. */
  readonly mayRun: (more: number) => boolean;
  /** Remembers among which candidates to look next. */
  readonly narrow: (suspect: Suspect | undefined) => void;
}

/** Adds to the findings until every candidate is among them, or no question is left. @throws the errors of `ask` */
async function findIn(
  candidates: readonly string[],
  words: string,
  { good, bad, test, mayRun, narrow, unproven, suspects, known: { suspect } }: Course,
): Promise<void> {
  for (const name of unproven.filter((each) => !good.includes(each) && !bad.has(each)).slice(0, mostAlone)) {
    const refusal = await test([name]);
    if (refusal === undefined) good.push(name);
    else bad.set(name, refusal);
  }
  const isGood = new Set(good);
  const rest = candidates.filter((name) => !isGood.has(name) && !bad.has(name));
  const among = new Set(suspect?.names);
  /** Refused together with the good ones, with the words in `said`. */
  let group = rest.filter((name) => among.has(name));
  let said = suspect?.words ?? words;
  /** Not tried without a bad group. */
  let untried: readonly string[] = [];

  async function lookAmong(names: readonly string[]): Promise<void> {
    const refusal = await test(names);
    group = refusal === undefined ? [] : [...names];
    said = refusal ?? words;
    if (refusal === undefined) good.push(...names);
    narrow(refusal === undefined ? undefined : { names, words: refusal });
  }

  if (group.length > 0 && group.length === among.size) untried = rest.filter((name) => !among.has(name));
  else if (bad.size > 0 && rest.length > 0) await lookAmong(rest);
  else [group, said] = [rest, words];
  while (group.length > 0) {
    // One run is kept for the untried.
    while (group.length > 1 && mayRun(2)) {
      const [first, second] = split(group, suspects(said, group));
      const refusal = await test(first);
      if (refusal === undefined) {
        good.push(...first);
        group = [...second];
      } else {
        untried = [...untried, ...second];
        group = [...first];
        said = refusal;
      }
      narrow({ names: group, words: said });
    }
    if (group.length > 1) return;
    for (const name of group) bad.set(name, said);
    narrow(undefined);
    if (untried.length === 0 || !mayRun(1)) return;
    const names = untried;
    untried = [];
    await lookAmong(names);
  }
}

/** The part that is tried first, and the rest. Both have members. */
function split(group: readonly string[], suspects: ReadonlySet<string>): [readonly string[], readonly string[]] {
  const rest = group.filter((name) => !suspects.has(name));
  if (rest.length > 0 && rest.length < group.length) return [rest, group.filter((name) => suspects.has(name))];
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
}
