import { messageOf } from '../model/errors.js';
import { sameItems } from '../model/same.js';
import type { Snapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { TargetRecord } from '../ports/journal.js';
import { explainEmptied, hasContent } from './explain-emptied.js';
import type { ManagedTarget } from './managed-target.js';
import type { Pass } from './pass.js';

/** What the controller remembers of a target's empty and filled views. Lists are those of `Snapshot.lists`. */
export interface Emptiness {
  /** The lists of the target's sources when its view last had content. */
  seen: ReadonlySet<object | undefined>;
  /** Set while the view is empty and the outputs are not. */
  kept: Kept | undefined;
  /** The lists that an operator has confirmed to be rightly empty. */
  confirmed: Lists | undefined;
}

interface Kept {
  /** Clock time since which the view is empty. */
  readonly since: number;
  /** The lists that emptied it, and the clock time of the first pass that saw them. */
  readonly lists: Lists;
  readonly at: number;
  /** The outputs follow the view: this was said, and the change may have failed. */
  released: boolean;
}

type Lists = readonly (object | undefined)[];

export function noEmptiness(): Emptiness {
  return { seen: new Set(), kept: undefined, confirmed: undefined };
}

/**
 * An operator has confirmed, at clock time `askedAt`, that the view is rightly empty. Only outputs that were kept before then may become
 * empty: of any later emptiness the operator cannot have known.
 */
export function confirmEmptied(emptiness: Emptiness, askedAt: number): void {
  const { kept } = emptiness;
  if (kept && kept.at <= askedAt) emptiness.confirmed = kept.lists;
}

/** Remembers the lists under which the view has content. Call it in every pass. */
export function noticeContent({ sources }: ManagedTarget, state: Emptiness, view: View, { snapshot }: Pass): void {
  if (!hasContent(view)) return;
  state.seen = new Set(listsOf(snapshot, sources));
  state.kept = undefined;
}

/** `kept`: the outputs stay, for this reason, until the next pass in so many milliseconds. `released`: why they follow an emptied view now. */
export type Verdict =
  | { readonly kind: 'kept'; readonly reason: string; readonly againInMs?: number }
  | { readonly kind: 'released'; readonly why: string };

/**
 * Decides whether the outputs follow this view, which would change them. Undefined: yes, and there is nothing to say about it. The time
 * since which outputs are kept is in the journal, so a restart does not begin that time again.
 */
export async function judgeEmptied(
  { sources, journal, empty }: ManagedTarget,
  state: Emptiness,
  view: View,
  { snapshot, clock }: Pass,
): Promise<Verdict | undefined> {
  const { content } = journal.record;
  const { selection } = empty ?? {};
  const reason = selection && explainEmptied({ view, snapshot, sources, content, selection, seen: state.seen });
  if (reason === undefined || !empty || !content) {
    state.kept = undefined;
    return undefined;
  }
  const lists = listsOf(snapshot, sources);
  const now = clock.now();
  if (!state.kept) {
    // The journal's time is that of an earlier process. Once this process has seen content, it is out of date.
    const earlier = state.seen.size === 0 ? content.emptySince : null;
    const age = earlier === null ? 0 : Math.max(0, clock.wall() - earlier);
    state.kept = { since: now - age, lists, at: now, released: false };
    const isTimed = empty.after > 0 && empty.after < Infinity;
    if (isTimed && age === 0) await journal.advance({ content: { ...content, emptySince: clock.wall() } });
  } else if (!sameItems(state.kept.lists, lists))
    state.kept = { since: state.kept.since, lists, at: now, released: false };
  if (state.kept.released) return undefined;
  const release = (why: string): Verdict => {
    if (state.kept) state.kept.released = true;
    return { kind: 'released', why: `the outputs become empty: ${why}; ${reason}` };
  };
  if (state.confirmed && sameItems(state.confirmed, lists)) return release('an operator has confirmed it');
  // What is on disk is no answer of etcd, so it proves no emptiness.
  const isProven = !snapshot.stale || empty.after === 0;
  const againInMs = isProven ? state.kept.since + empty.after - now : Infinity;
  if (againInMs <= 0) return release(empty.after === 0 ? 'this is allowed at once' : '`guard.holdFor` is over');
  return { kind: 'kept', reason, ...(againInMs < Infinity && { againInMs }) };
}

/**
 * Records in the journal whether the view that the outputs now have has content. It writes only when that has changed. Never rejects: the
 * outputs are as they should be, and the next pass that looks at them tries again.
 *
 * @returns caveats for the log
 */
export async function recordContent(
  { journal, empty }: ManagedTarget,
  state: Emptiness,
  view: View,
): Promise<readonly string[]> {
  if (!empty) return [];
  state.kept = undefined;
  const { content } = journal.record;
  const next = hasContent(view) ? { selection: empty.selection, emptySince: null } : null;
  const isSame =
    content?.emptySince === next?.emptySince &&
    content?.selection.sources === next?.selection.sources &&
    content?.selection.select === next?.selection.select;
  if (isSame) return [];
  try {
    await journal.advance({ content: next });
    return [];
  } catch (error) {
    return [`a restart would not know whether an empty list may empty the outputs: ${messageOf(error)}`];
  }
}

/**
 * Tells the next leader of a cluster-wide target what the journal says of the content. Never rejects.
 *
 * @param content what the outputs are about to have. Default: that of the journal
 * @returns caveats for the log
 */
export async function shareContent(
  { guard, journal, empty }: ManagedTarget,
  content: TargetRecord['content'] = journal.record.content,
): Promise<readonly string[]> {
  if (!empty || !guard?.memory.shareContent) return [];
  try {
    await guard.memory.shareContent(content);
    return [];
  } catch (error) {
    return [`the next leader would not know whether an empty list may empty the outputs: ${messageOf(error)}`];
  }
}

function listsOf({ lists }: Snapshot, sources: readonly string[]): Lists {
  return sources.map((name) => lists?.get(name));
}
