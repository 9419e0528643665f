import type { Difference } from '../../ports/output.js';
import { unify } from './unified.js';

/** The differences of files as one text for `patch -p1 -d /` and `git apply`, and those that such a text cannot have. */
export interface Patch {
  readonly text: string;
  /** One sentence each. */
  readonly missing: readonly string[];
}

/**
 * Formats differences in git's extended unified format (git-diff(1), "Generating patch text with -p"): it can also create and delete empty
 * files. The names are the paths without their first slash, after `a/` and `b/`.
 */
export function formatPatch(differences: readonly Difference[]): Patch {
  const missing: string[] = [];
  const parts = differences.flatMap((difference) => {
    const problem = problemOf(difference);
    if (problem === undefined) return [formatFile(difference)];
    missing.push(`${difference.output} is not in the patch: ${problem}`);
    return [];
  });
  return { text: parts.join(''), missing };
}

function problemOf({ form, action, before, after, notes }: Difference): string | undefined {
  if (form === 'secret') return 'its contents are secret';
  if (form === 'value') return 'it is no file';
  if (action !== 'create' && before === undefined) return 'its present contents are no text';
  if (before === after) return `only its attributes change (${notes.join(', ')})`;
  return undefined;
}

function formatFile({ action, output, before, after }: Difference): string {
  const path = output.replace(/^\/+/, '');
  const [old, now] = [quote(`a/${path}`), quote(`b/${path}`)];
  const { lines } = unify({ name: 'a', remark: '', text: before }, { name: 'b', remark: '', text: after });
  // The hunks: what comes before them are names and notes for people.
  const hunks = lines.slice(lines.findLastIndex(({ kind }) => kind === 'file') + 1).map(({ text }) => text);
  const names = [
    `--- ${action === 'create' ? '/dev/null' : endName(old)}`,
    `+++ ${action === 'delete' ? '/dev/null' : endName(now)}`,
  ];
  // Without hunks, this line alone has the name, and a blank would end it.
  const isAlone = hunks.length === 0;
  const head = [
    `diff --git ${quote(`a/${path}`, isAlone)} ${quote(`b/${path}`, isAlone)}`,
    ...extended[action](hunks.length === 0),
  ];
  return [...head, ...(hunks.length > 0 ? [...names, ...hunks] : [])].map((line) => `${line}\n`).join('');
}

/** The names of git's objects are needed only for a file without contents, which has no hunk: git's name of that is known. */
const extended: Readonly<Record<Difference['action'], (isEmpty: boolean) => string[]>> = {
  create: (isEmpty) => ['new file mode 100644', ...(isEmpty ? ['index 0000000..e69de29'] : [])],
  delete: (isEmpty) => ['deleted file mode 100644', ...(isEmpty ? ['index e69de29..0000000'] : [])],
  update: () => [],
};

/** A name with a blank ends in a tab, so that readers do not take its last word for a time. */
function endName(name: string): string {
  return name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name;
}

/** Quotes a name as in C if it has a quote, a backslash or a control character (git-config(1), core.quotePath). */
function quote(name: string, hasNoBlank = false): string {
  // eslint-disable-next-line no-control-regex
  if (!/["\\\x00-\x1f\x7f]/.test(name) && !(hasNoBlank && name.includes(' '))) return name;
  // eslint-disable-next-line no-control-regex
  return `"${name.replace(/["\\]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
}
