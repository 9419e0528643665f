import { overlap } from './overlap.js';

interface Pattern {
  readonly directory: string;
  /** The literal text of the file name around each `{{…}}`. A name without a pattern is one piece. */
  readonly pieces: readonly string[];
}

/** Whether two paths, each with or without `{{…}}` in its last segment, can name the same file. False for equal paths. */
export function canBeOneFile(one: string, other: string): boolean {
  const [a, b] = [patternOf(one), patternOf(other)];
  if (one === other || a.directory !== b.directory) return false;
  const [ends, others] = [endsOf(a), endsOf(b)];
  if (a.pieces.length === 1) return matches(b.pieces, ends.prefix);
  if (b.pieces.length === 1) return matches(a.pieces, others.prefix);
  return (
    overlap(ends.prefix, others.prefix) && (ends.suffix.endsWith(others.suffix) || others.suffix.endsWith(ends.suffix))
  );
}

function patternOf(path: string): Pattern {
  const tag = path.indexOf('{{');
  const slash = path.lastIndexOf('/', tag < 0 ? undefined : tag);
  // A block gives one piece of unknown text, up to the last place where it can end.
  const pieces = path.slice(slash + 1).split(/\{\{~?[#^].*\}\}|\{\{.*?\}\}+/su);
  return { directory: path.slice(0, Math.max(slash, 0)), pieces };
}

function endsOf({ pieces }: Pattern): { readonly prefix: string; readonly suffix: string } {
  return { prefix: pieces.at(0) ?? '', suffix: pieces.at(-1) ?? '' };
}

/** Whether the name can consist of the pieces in this order, with any text between them. */
function matches(pieces: readonly string[], name: string): boolean {
  if (pieces.length === 1) return pieces[0] === name;
  const [first, last] = [pieces.at(0) ?? '', pieces.at(-1) ?? ''];
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let rest = name.slice(first.length, name.length - last.length);
  return pieces.slice(1, -1).every((piece) => {
    const at = rest.indexOf(piece);
    rest = rest.slice(at + piece.length);
    return at >= 0;
  });
}
