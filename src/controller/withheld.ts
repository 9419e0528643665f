import { withDeadline } from '../model/deadline.js';
import { rootMessageOf } from '../model/errors.js';
import type { Service } from '../model/instance.js';
import type { Quarantine, View } from '../model/view.js';
import type { CheckVerdict } from '../ports/check.js';
import type { ApplyContext } from '../ports/target.js';
import { findCulprits, SearchOver, type Known, type Search } from './find-culprits.js';
import type { ManagedTarget } from './managed-target.js';
import type { Pass } from './pass.js';
import { suspectsIn } from './suspects.js';
import type { TargetState } from './target-state.js';
import { changedServices, withhold, type Culprit, type UnfinishedSearch, type Withheld } from './withhold.js';

/**
 * The view for this pass: the wanted one, in which each withheld service that has not changed since keeps its last accepted instances. When
 * their time has come, all services are tried again.
 */
export function viewForPass(state: TargetState, wanted: View, { clock, mustObserve }: Pass): View {
  const { withheld } = state;
  if (!withheld || mustObserve || withheld.retryAt <= clock.now()) return wanted;
  if (withheld.last.wanted === wanted) return withheld.last.view;
  const offered = new Map(wanted.services.map((service) => [service.name, service]));
  const kept = new Map([...withheld.services].filter(([name, known]) => offered.get(name) === known.offered));
  const view = withhold(wanted, state.acceptedView, new Set(kept.keys()));
  state.withheld = kept.size === 0 ? undefined : { ...withheld, services: kept, last: { wanted, view } };
  return view;
}

/** The withheld services, for people. */
export function quarantineOf({ services }: Withheld): Quarantine[] {
  return [...services].map(([service, { reason }]) => ({ service, reason }));
}

/**
 * The view that was accepted last. After a restart only the withheld services of the earlier process are known: the others are taken as they
 * are now. Whatever is made of it is checked first.
 */
export function acceptedBefore(managed: ManagedTarget, state: TargetState, view: View): View | undefined {
  const services = managed.withheld?.services;
  if (state.acceptedView || !services || services.size === 0) return state.acceptedView;
  const known = [...services.values()].flatMap((service) => service ?? []);
  return withhold(view, { ...view, services: known }, new Set(services.keys()));
}

/**
 * Saves what the outputs have for the withheld services. Call it before the outputs change. It writes only when that has changed.
 *
 * @param secret whether an output is secret: then nothing is kept on disk
 */
export async function saveWithheld(
  { withheld }: ManagedTarget,
  accepted: View | undefined,
  names: ReadonlySet<string>,
  secret: boolean,
): Promise<void> {
  if (!withheld) return;
  const known = new Map((accepted?.services ?? []).map((service) => [service.name, service]));
  const services = new Map(secret ? [] : [...names].sort().map((name) => [name, known.get(name)] as const));
  const isSame =
    services.size === withheld.services.size &&
    [...services].every(([name, service]) => withheld.services.has(name) && withheld.services.get(name) === service);
  if (!isSame) await withheld.save(services);
}

/** The result of a search. */
export interface Blame {
  /** By name, the services to withhold; undefined when the whole change stays refused. */
  readonly culprits: ReadonlyMap<string, Culprit> | undefined;
  /** Sentences for the log. */
  readonly caveats: readonly string[];
}

const noBlame: Blame = { culprits: undefined, caveats: [] };

/**
 * Searches the services to blame for a refusal of `view`, when the check can judge outputs that no reader sees. It does not blame when more
 * than half of the services would newly be kept out, when the cause is no service, and when it is not known what was accepted last. A search
 * that takes too long ends; what it has found is used at the next one.
 *
 * @param refusal the error `CHECK_REFUSED` of the target's `apply`; its cause has the consumer's own words
 * @throws the errors of `observe` and `judge`
 */
export async function blame(
  managed: ManagedTarget,
  state: TargetState,
  { view, revision, refusal }: { readonly view: View; readonly revision: string; readonly refusal: Error },
  { stop, clock, searchTime }: Pass,
): Promise<Blame> {
  const { target, journal } = managed;
  const accepted = acceptedBefore(managed, state, view);
  // A target that has made no output yet has accepted nothing. Otherwise it is not known what the present outputs were made from.
  if (!target.judge || (!accepted && journal.record.owned.length > 0)) return noBlame;
  const changed = changedServices(accepted, view);
  const all = new Set([...(accepted?.services ?? []), ...view.services].map(({ name }) => name));
  if (changed.length === 0 || all.size < 2) return noBlame;

  let asked = target.desired(view);
  const isSecret = target.outputs(asked).some(({ secret }) => secret);
  const candidates = new Map([...(accepted?.services ?? []), ...view.services].map((each) => [each.name, each]));
  const offered = new Map(view.services.map((service) => [service.name, service]));

  async function verdictOn(withheld: ReadonlySet<string>, signal: AbortSignal): Promise<CheckVerdict | undefined> {
    asked = target.desired(withhold(view, accepted, withheld));
    const changes = target.diff(asked, await target.observe(asked, signal));
    if (changes.length === 0) return { kind: 'accepted' };
    const desired = asked;
    const context: ApplyContext = {
      get digest() {
        return target.digest(desired);
      },
      ...{ revision, signal, swapped: () => undefined },
    };
    return target.judge?.(changes, context);
  }

  const unproven = changed
    .filter((name) => state.culprits.get(name)?.isProven === false)
    .sort((a, b) => (state.culprits.get(a)?.at ?? 0) - (state.culprits.get(b)?.at ?? 0));
  const search = (limit: AbortSignal): Search => ({
    unproven,
    known: knownOf(state.search, accepted, changed, offered),
    async ask(tried) {
      const verdict = await whileTime(limit, stop, () =>
        verdictOn(new Set(changed.filter((name) => !tried.has(name))), limit),
      );
      if (verdict?.kind === 'accepted') return undefined;
      if (verdict?.kind === 'refused') return verdict.output === '' ? verdict.reason : verdict.output;
      throw new Unanswered();
    },
    suspects(words, group) {
      // A registrant of bad services must not use up the runs of all others: these are tried without them first.
      const known = group.filter((name) => state.culprits.has(name));
      if (known.length > 0 && known.length < group.length) return new Set(known);
      const texts = target
        .outputs(asked)
        .map(({ output, text }) => ({ name: output.slice(output.lastIndexOf('/') + 1), text }));
      return suspectsIn(
        words,
        texts,
        group.flatMap((name) => candidates.get(name) ?? []),
      );
    },
  });
  // A service that was withheld lately is no news: earlier searches have let the others through beside it.
  const isKnown = (name: string): boolean =>
    state.culprits.has(name) ||
    managed.withheld?.services.has(name) === true ||
    state.withheld?.services.get(name)?.offered === offered.get(name);
  try {
    return await withDeadline({ timeout: searchTime, clock, signals: [stop] }, async (limit) => {
      const others = await whileTime(limit, stop, () => verdictOn(new Set(changed), limit));
      if (others?.kind !== 'accepted') return noBlame;
      asked = target.desired(view);
      const found = await findCulprits(changed, rootMessageOf(refusal), search(limit));
      const { culprits, known, runs, isCut } = found;
      const isComplete = [...culprits.values()].every((words) => words !== undefined);
      state.search = isComplete ? undefined : unfinished(known, accepted, offered);
      const caveats = isCut
        ? [
            `the search for the services that the check refuses was not complete after ${Math.round(searchTime / 100) / 10} s and ${runs} runs of the check: it goes on at the next try`,
          ]
        : [];
      const news = [...culprits.keys()].filter((name) => !isKnown(name));
      if (news.length * 2 > all.size) return { culprits: undefined, caveats };
      const described = [...culprits].map(
        ([name, words]) => [name, describeCulprit(accepted, name, words, isSecret)] as const,
      );
      return { culprits: new Map(described), caveats };
    });
  } catch (error) {
    if (error instanceof Unanswered) return noBlame;
    if (error instanceof SearchOver)
      return { ...noBlame, caveats: ['the cause was not searched: the check took too long'] };
    throw error;
  }
}

/** @throws SearchOver when the time of the search is over; the error of `work`, in particular when the pass is stopped */
async function whileTime<T>(limit: AbortSignal, stop: AbortSignal, work: () => Promise<T>): Promise<T> {
  const isOver = (): boolean => limit.aborted && !stop.aborted;
  if (isOver()) throw new SearchOver();
  try {
    return await work();
  } catch (error) {
    if (isOver()) throw new SearchOver();
    throw error;
  }
}

/** The findings of an earlier search that still hold: about the same services, beside the same accepted ones. */
function knownOf(
  search: UnfinishedSearch | undefined,
  accepted: View | undefined,
  changed: readonly string[],
  offered: ReadonlyMap<string, Service>,
): Known {
  if (!search || search.accepted !== accepted) return { good: [], bad: new Map(), suspect: undefined };
  const { good, bad, suspect } = search;
  const isSame = suspect && [...suspect.services].every(([name, service]) => offered.get(name) === service);
  return {
    suspect: isSame ? { names: [...suspect.services.keys()], words: suspect.words } : undefined,
    good: changed.filter((name) => good.has(name) && good.get(name) === offered.get(name)),
    bad: new Map(
      changed.flatMap((name) => {
        const found = bad.get(name);
        return found && found.service === offered.get(name) ? [[name, found.words] as const] : [];
      }),
    ),
  };
}

function unfinished(
  { good, bad, suspect }: Known,
  accepted: View | undefined,
  offered: ReadonlyMap<string, Service>,
): UnfinishedSearch {
  return {
    accepted,
    good: new Map(good.map((name) => [name, offered.get(name)])),
    suspect: suspect && {
      services: new Map(suspect.names.map((name) => [name, offered.get(name)])),
      words: suspect.words,
    },
    bad: new Map([...bad].map(([name, words]) => [name, { service: offered.get(name), words }])),
  };
}

/** The check did not answer, so nothing can be concluded. */
class Unanswered extends Error {}

/** HAProxy marks its lines. Only alerts say why it refuses. */
const isRemark = /^\[(NOTICE|WARNING)\]/;

/** The longest part of the consumer's words in a reason. */
const mostWords = 300;

function describeCulprit(
  accepted: View | undefined,
  name: string,
  words: string | undefined,
  isSecret: boolean,
): Culprit {
  const isAccepted = accepted?.services.some((service) => service.name === name) === true;
  const effect = isAccepted ? 'its last accepted instances stay' : 'it is kept out';
  if (words === undefined) {
    const reason = `the check refuses several services, and has not been asked about this one alone, so ${effect} until then`;
    return { reason, isProven: false };
  }
  const lines = words.split('\n').filter((line) => !isRemark.test(line));
  const said = isSecret ? '' : lines.join(' ').trim().replace(/\s+/g, ' ').slice(0, mostWords);
  const reason = `the check refuses what etcd has for it, so ${effect}${said === '' ? '' : `: ${said}`}`;
  return { reason, isProven: true };
}
