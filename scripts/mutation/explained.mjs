import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads scripts/mutation/explained.txt: the path of a file at the beginning of a line, then for each reason a line `why: …` and the mutants
 * that it explains, as pairs of lines: `- ` and the code, `+ ` and the mutated code. A line that begins with `#` is a comment.
 */
export function readExplained(root) {
  const lines = readFileSync(join(root, 'scripts/mutation/explained.txt'), 'utf8').split('\n');
  const entries = [];
  let file = '';
  let why = '';
  let before = '';
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    if (/^\S/.test(line)) [file, why] = [text, ''];
    else if (text.startsWith('why: ')) why = text;
    else if (text.startsWith('- ')) before = text.slice(2);
    else if (text.startsWith('+ ') && why !== '') entries.push({ file, before, after: text.slice(2) });
    else throw new Error(`scripts/mutation/explained.txt:${index + 1} is none of the forms that its first lines name`);
  }
  return entries;
}

/** Splits survivors by the list, and finds entries of the list that explain no survivor of the judged files. */
export function explain(survivors, entries, files) {
  const keyOf = ({ file, before, after }) => JSON.stringify([file, before, after]);
  const known = new Set(entries.map(keyOf));
  const survived = new Set(survivors.map(keyOf));
  return {
    unexplained: survivors.filter((each) => !known.has(keyOf(each))),
    stale: entries.filter((each) => files.includes(each.file) && !survived.has(keyOf(each))),
  };
}
