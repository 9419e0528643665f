// What the generated parts of the documentation are made of.
import { format, resolveConfig } from 'prettier';

/** A table; `|` in a cell is escaped. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * A page with the text of each part put between `<!-- name -->` and `<!-- end -->`, laid out by Prettier.
 *
 * @param file path of the page, for Prettier and for errors.
 * @param parts texts by name.
 * @throws Error for a part that the page has no place for.
 */
export async function fill(file, page, parts) {
  let text = page;
  for (const [name, part] of Object.entries(parts)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!place.test(text)) throw new Error(`${file} has no lines <!-- ${name} --> and <!-- end -->`);
    text = text.replace(place, (_all, begin, end) => `${begin}\n${part}\n\n${end}`);
  }
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}
