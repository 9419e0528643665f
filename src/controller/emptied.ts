import { describePrefix } from '../model/key-prefix.js';
import { sameItems } from '../model/same.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { Selection, TargetRecord } from '../ports.js';
import type { ManagedTarget } from './managed-target.js';
import type { Pass } from './pass.js';

/** When the outputs of a target follow a view that a list has emptied. */
export interface EmptyPolicy {
  /** Milliseconds after which they follow. 0: at once. Infinity: never, unless an operator confirms it. */
  readonly after: number;
  /** The target's present selection. */
  readonly selection: Selection;
}

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

/** Whether a view has an instance or a pair. An expected service without instances is none. */
export function hasContent({ services, kv }: View): boolean {
  return kv.pairs.length > 0 || services.some(({ instances }) => instances.length > 0);
}

/** Remembers the lists under which the view has content. Call it in every pass. */
export function noticeContent({ sources }: ManagedTarget, state: Emptiness, view: View, { snapshot }: Pass): void {
  if (!hasContent(view)) return;
  state.seen = new Set(listsOf(snapshot, sources));
  state.kept = state.confirmed = undefined;
}

export interface EmptiedQuestion {
  readonly view: View;
  readonly snapshot: Snapshot;
  /** Names of the target's sources. */
  readonly sources: readonly string[];
  readonly content: TargetRecord['content'];
  readonly selection: Selection;
  /** `Emptiness.seen`. */
  readonly seen: ReadonlySet<object | undefined>;
}

/**
 * Why the outputs must not follow this view yet; undefined when they may. They must not when the last accepted view had content, this
 * one has none, and neither a watched delete nor a changed selection explains that: then a list has emptied it. The sentence names the
 * sources that were listed. Pure.
 */
export function explainEmptied(question: EmptiedQuestion): string | undefined {
  const { view, snapshot, content, selection, seen } = question;
  if (content === null || hasContent(view)) return undefined;
  const sources = snapshot.sources.filter(({ source }) => question.sources.includes(source));
  if (content.selection.sources !== selection.sources) return undefined;
  // Another filter explains the empty view only when there is something that it leaves out.
  if (content.selection.select !== selection.select && sources.some(holdsAny)) return undefined;
  const listed = sources.filter(({ source }) => {
    const list = snapshot.lists?.get(source);
    return list === undefined || !seen.has(list);
  });
  return listed.length === 0 ? undefined : listed.map(describeSource).join('; ');
}

function holdsAny({ services, pairs, counts }: SourceSnapshot): boolean {
  return services.size > 0 || pairs.length > 0 || counts.filtered > 0;
}

function describeSource({ source, prefix, counts }: SourceSnapshot): string {
  const keys = describePrefix(prefix);
  return counts.keys === 0
    ? `source ${source}: no key ${keys}`
    : `source ${source}: the target gets nothing from any key that ${keys}`;
}

/** `kept`: the outputs stay, for this reason, until the next pass in so many milliseconds. `released`: why they follow an emptied view now. */
export type Verdict =
  | { readonly kind: 'kept'; readonly reason: string; readonly againInMs?: number }
  | { readonly kind: 'released'; readonly why: string };

/**
 * Decides whether the outputs follow this view, which would change them. Undefined: yes, and there is nothing to say about it. The time
 * since which outputs are kept is in the journal, so a restart does not begin anew.
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
  if (againInMs <= 0) return release(empty.after === 0 ? 'this is allowed at once' : '`emptyAfter` is over');
  return { kind: 'kept', reason, ...(againInMs < Infinity && { againInMs }) };
}

/** Records in the journal whether the view that the outputs now have has content. It writes only when that has changed. */
export async function recordContent({ journal, empty }: ManagedTarget, state: Emptiness, view: View): Promise<void> {
  if (!empty) return;
  state.kept = undefined;
  const { content } = journal.record;
  const next = hasContent(view) ? { selection: empty.selection, emptySince: null } : null;
  const isSame =
    content?.emptySince === next?.emptySince &&
    content?.selection.sources === next?.selection.sources &&
    content?.selection.select === next?.selection.select;
  if (!isSame) await journal.advance({ content: next });
}

function listsOf({ lists }: Snapshot, sources: readonly string[]): Lists {
  return sources.map((name) => lists?.get(name));
}
