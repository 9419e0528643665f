/**
 * Columns that a text takes on a terminal. A grapheme (a letter with its marks, an emoji with its modifiers) takes one column, or
 * two when it is wide (UAX #11: W and F) or drawn as an emoji. Text without control characters, as `printable` makes it.
 */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

/** The text in at most so many columns: what does not fit is cut between two graphemes, and an ellipsis says so. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function widthOfGrapheme(grapheme: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(grapheme)) return 0;
  // U+FE0F asks for the emoji where a character has both forms.
  if (/^\p{Emoji_Presentation}/u.test(grapheme) || /^\p{Emoji}.*\ufe0f/u.test(grapheme)) return 2;
  const first = grapheme.codePointAt(0) ?? 0;
  return wide.some(([from, to]) => first >= from && first <= to) ? 2 : 1;
}

// Unicode's EastAsianWidth.txt, W and F, by blocks: what is unassigned within them is wide as well.
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], // Hangul Jamo, leading
  [0x2329, 0x232a],
  [0x2e80, 0x303e], // CJK radicals, ideographic description, CJK punctuation
  [0x3041, 0x33ff], // Hiragana to CJK compatibility
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf], // CJK ideographs, Yi
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60], // full-width forms
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff], // Tangut and others
  [0x1aff0, 0x1b2ff], // Kana supplements, Nushu
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];
