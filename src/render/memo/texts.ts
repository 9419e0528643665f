/** The texts of a list's items, kept in as little memory as their number allows. */
export type Texts = Pieces | Sheet;

/** For few long texts. */
interface Pieces {
  readonly pieces: readonly string[];
}

/** For many short texts: one text, and where in it each item's ends. An item costs its characters and four bytes. */
interface Sheet {
  text: string;
  readonly ends: Uint32Array;
}

/** Puts the texts of a list together, from new ones and old ones. */
export interface Writer {
  add(text: string): void;
  /** @param at the place of the item in the old list. */
  copy(at: number): void;
  finish(): Texts;
}

export function joinTexts(texts: Texts): string {
  if ('text' in texts) return texts.text;
  let text = '';
  for (const piece of texts.pieces) text += piece;
  return text;
}

export function createPieces(old: Texts | undefined): Writer {
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

/** @param count number of the new list's items. */
export function createSheet(old: Texts | undefined, count: number): Writer {
  const from: Sheet = old !== undefined && 'text' in old ? old : { text: '', ends: new Uint32Array(0) };
  const ends = new Uint32Array(count);
  const parts: string[] = [];
  let written = 0;
  let length = 0;
  // The old places that are next to each other and not yet copied: one piece, however many they are.
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
 * Lets the texts of lists be parts of the text that they were written into, where they are found in it: two copies of
 * each line are one too many.
 */
export function shareText(whole: string, inner: readonly Texts[]): void {
  for (const texts of inner) {
    if (!('text' in texts)) continue;
    const at = whole.indexOf(texts.text);
    if (at >= 0) texts.text = whole.slice(at, at + texts.text.length);
  }
}

/** The same text, no longer a tree of the pieces that it was put together from: V8 makes it one when it is looked into. */
function flatten(text: string): string {
  text.charCodeAt(0);
  return text;
}
