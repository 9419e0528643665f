/** A tag of a template, without comments of Handlebars. */
export interface Tag {
  /** The offset of its first brace. */
  readonly at: number;
  /** The offset after its last brace. */
  readonly end: number;
  /** The text between its braces. */
  readonly inner: string;
}

/** The tags of a text, in order. It also reads texts that Handlebars cannot parse. */
export function findTags(text: string): readonly Tag[] {
  const tags: Tag[] = [];
  for (let at = text.indexOf('{{'); at >= 0;) {
    const end = endOf(text, at);
    const inner = text.slice(at + 2, end - 2);
    if (text[at - 1] !== '\\' && !/^\{?~?!/.test(inner)) tags.push({ at, end, inner });
    at = text.indexOf('{{', end);
  }
  return tags;
}

function endOf(text: string, at: number): number {
  const comment = /^\{\{~?!--/.test(text.slice(at, at + 6))
    ? '--'
    : /^\{\{-?\s?\/\*/.test(text.slice(at, at + 6))
      ? '*/'
      : '';
  const from = comment === '' ? endOfQuotes(text, at + 2) : text.indexOf(comment, at + 4);
  const close = text.indexOf('}}', from < 0 ? at : from);
  return close < 0 ? text.length : close + 2;
}

/** The offset of the `}}` outside quotes on this line; `from` when there is none. */
function endOfQuotes(text: string, from: number): number {
  const quoted = /"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|\}\}|\n/g;
  quoted.lastIndex = from;
  for (let found = quoted.exec(text); found !== null; found = quoted.exec(text)) {
    if (found[0] === '}}') return found.index;
    if (found[0] === '\n') return from;
  }
  return from;
}
