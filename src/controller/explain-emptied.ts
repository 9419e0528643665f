import { describePrefix } from '../model/key-prefix.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { Selection, TargetRecord } from '../ports/journal.js';

/** Whether a view has an instance or a pair. An expected service without instances is none. */
export function hasContent({ services, kv }: View): boolean {
  return kv.pairs.length > 0 || services.some(({ instances }) => instances.length > 0);
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
  return listed.length === 0 ? undefined : describeSources(listed);
}

/** Sources that the sentence names at most. */
const maxNamed = 5;

function describeSources(sources: readonly SourceSnapshot[]): string {
  const named = sources.slice(0, maxNamed).map(describeSource).join('; ');
  return sources.length > maxNamed ? `${named}; and ${sources.length - maxNamed} more sources` : named;
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
