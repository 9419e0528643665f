import { rootMessageOf } from '../model/errors.js';
import type { Quarantine, View } from '../model/view.js';
import type { ApplyContext, CheckVerdict } from '../ports.js';
import { findCulprits, type Refusal } from './find-culprits.js';
import type { ManagedTarget } from './managed-target.js';
import type { Pass } from './pass.js';
import { suspectsIn } from './suspects.js';
import type { TargetState } from './target-state.js';
import { changedServices, withhold, type Culprit, type Withheld } from './withhold.js';

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
 * Searches the services to blame for a refusal of `view`, when the check can judge outputs that no reader sees. It does not blame when more
 * than half of the services would be kept out, when the cause is no service, and when it is not known what was accepted last.
 *
 * @param refusal the error `CHECK_REFUSED` of the target's `apply`; its cause has the consumer's own words
 * @returns by name, the services to withhold; undefined when the whole change stays refused
 * @throws the errors of `observe` and `judge`
 */
export async function blame(
  managed: ManagedTarget,
  state: TargetState,
  { view, revision, refusal }: { readonly view: View; readonly revision: string; readonly refusal: Error },
  { stop }: Pass,
): Promise<ReadonlyMap<string, Culprit> | undefined> {
  const { target, journal } = managed;
  // A target that has made no output yet has accepted nothing. After a restart, it is not known what the present outputs were made from.
  if (!target.judge || (!state.acceptedView && journal.record.owned.length > 0)) return undefined;
  const accepted = state.acceptedView;
  const changed = changedServices(accepted, view);
  const all = new Set([...(accepted?.services ?? []), ...view.services].map(({ name }) => name));
  if (changed.length === 0 || all.size < 2) return undefined;

  let asked = target.desired(view);
  const isSecret = target.outputs(asked).some(({ secret }) => secret);
  const candidates = new Map([...(accepted?.services ?? []), ...view.services].map((each) => [each.name, each]));

  async function verdictOn(withheld: ReadonlySet<string>): Promise<CheckVerdict | undefined> {
    asked = target.desired(withhold(view, accepted, withheld));
    const changes = target.diff(asked, await target.observe(asked, stop));
    if (changes.length === 0) return { kind: 'accepted' };
    const desired = asked;
    const context: ApplyContext = {
      get digest() {
        return target.digest(desired);
      },
      ...{ revision, signal: stop, swapped: () => undefined },
    };
    return target.judge?.(changes, context);
  }

  const unproven = changed
    .filter((name) => state.culprits.get(name)?.isProven === false)
    .sort((a, b) => (state.culprits.get(a)?.at ?? 0) - (state.culprits.get(b)?.at ?? 0));
  const search = {
    unproven,
    async ask(tried: ReadonlySet<string>): Promise<Refusal> {
      const verdict = await verdictOn(new Set(changed.filter((name) => !tried.has(name))));
      if (verdict?.kind === 'accepted') return undefined;
      if (verdict?.kind === 'refused') return verdict.output === '' ? verdict.reason : verdict.output;
      throw new Unanswered();
    },
    suspects(words: string, group: readonly string[]): ReadonlySet<string> {
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
  };
  try {
    const others = await verdictOn(new Set(changed));
    if (others?.kind !== 'accepted') return undefined;
    asked = target.desired(view);
    const culprits = await findCulprits(changed, rootMessageOf(refusal), search);
    if (culprits.size * 2 > all.size) return undefined;
    return new Map([...culprits].map(([name, words]) => [name, describeCulprit(accepted, name, words, isSecret)]));
  } catch (error) {
    if (error instanceof Unanswered) return undefined;
    throw error;
  }
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
