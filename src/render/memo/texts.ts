/** The texts of a list's items, in one of two compact forms. */
export type Texts = TextPieces | JoinedTexts;

/** For a few long texts. */
interface TextPieces {
  readonly pieces: readonly string[];
}

/** For many short texts: one joined text, and the end of each item in it. An item costs its characters and four bytes. */
interface JoinedTexts {
  text: string;
  readonly ends: Uint32Array;
}

/** Collects the texts of a new list: new texts, and copies from the old list. */
export interface TextsWriter {
  add(text: string): void;
  /** @param at the index of the item in the old list. */
  copy(at: number): void;
  finish(): Texts;
}

export function joinTexts(texts: Texts): string {
  if ('text' in texts) return texts.text;
  let text = '';
  for (const piece of texts.pieces) text += piece;
  return text;
}

export function createPieceWriter(old: Texts | undefined): TextsWriter {
  const from = old !== undefined && 'pieces' in old ? old.pieces : [];
  const pieces: string[] = [];
  return {
    add: (text) => {
      pieces.push(flatten(text));
    },
    copy: (at) => {
      pieces.push(from[at] ?? '');
    },
    finish: () => ({ pieces }),
  };
}

/** @param count the number of items in the new list. */
export function createJoinedWriter(old: Texts | undefined, count: number): TextsWriter {
  const from: JoinedTexts = old !== undefined && 'text' in old ? old : { text: '', ends: new Uint32Array(0) };
  const ends = new Uint32Array(count);
  const parts: string[] = [];
  let written = 0;
  let length = 0;
  // The pending range of adjacent old items. It is copied as one piece.
  let start = 0;
  let end = 0;
  const startOf = (at: number): number => (at === 0 ? 0 : (from.ends[at - 1] ?? 0));
  const flush = (): void => {
    if (end > start) parts.push(from.text.slice(startOf(start), startOf(end)));
    start = end = 0;
  };
  return {
    add: (text) => {
      flush();
      parts.push(text);
      length += text.length;
      ends[written++] = length;
    },
    copy: (at) => {
      if (at !== end || end === start) {
        flush();
        start = at;
      }
      end = at + 1;
      length += startOf(end) - startOf(at);
      ends[written++] = length;
    },
    finish: () => {
      flush();
      return { text: flatten(parts.join('')), ends };
    },
  };
}

/**
 * Saves memory: a list whose text occurs in `whole` keeps a slice of it in place of a second copy.
 */
export function shareText(whole: string, inner: readonly Texts[]): void {
  for (const texts of inner) {
    if (!('text' in texts)) continue;
    const at = whole.indexOf(texts.text);
    if (at >= 0) texts.text = whole.slice(at, at + texts.text.length);
  }
}

/** Makes V8 store a concatenated text as one flat string: V8 flattens it when a character is read. */
function flatten(text: string): string {
  text.charCodeAt(0);
  return text;
}
