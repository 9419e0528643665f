import { isOmission, omissions, type Omission } from '../model/left-out.js';
import { positionAt } from './parse.js';
import { createProblem, type SourceText, type TemplateProblem } from './problem.js';
import { headComment } from './head.js';
import { suggest } from './lint/paths.js';

/** One item of an `omits:` line. */
interface DeclaredOmission {
  readonly omission: Omission;
  /** It holds when the truth of this var is `is`. Absent: always. */
  readonly when?: { readonly name: string; readonly is: boolean };
}

/** What the head comment says that the template does not write. */
export interface Omits {
  readonly declared: readonly DeclaredOmission[];
  readonly problems: readonly TemplateProblem[];
}

/**
 * Reads the lines `omits: critical, names unless vars.allowNames, draining if vars.strict` of the head comment. They change nothing in the
 * output: they let rollcall say which instances are not in it, and why.
 */
export function readOmits(source: SourceText): Omits {
  const comment = headComment(source.text);
  const declared: DeclaredOmission[] = [];
  const problems: TemplateProblem[] = [];
  for (const line of comment.matchAll(/(?<=^|\n|\{\{~?!(?:--)?)[ \t]*omits:([^\n]*)/g)) {
    const list = line[1]?.replace(/(?:--)?~?\}\}$/, '') ?? '';
    let offset = line.index + line[0].length - (line[1]?.length ?? 0);
    for (const item of list.split(',')) {
      const [, name = '', how, variable] = /^\s*(.*?)(?:\s+(if|unless)\s+vars\.(\w+))?\s*$/.exec(item) ?? [];
      const at = positionAt(source.text, offset + item.length - item.trimStart().length);
      offset += item.length + 1;
      if (isOmission(name))
        declared.push({
          omission: name,
          ...(variable !== undefined && { when: { name: variable, is: how === 'if' } }),
        });
      else
        problems.push(
          createProblem(
            source,
            at,
            `a template cannot declare that it omits "${name}"`,
            suggest(name, Object.keys(omissions)) ??
              `Write some of ${Object.keys(omissions).join(', ')}; each may be followed by "if vars.NAME" or "unless vars.NAME".`,
          ),
        );
    }
  }
  return { declared, problems };
}

/** The omissions that hold with these vars. A var counts as true as in `{{#if}}`. */
export function omissionsWith({ declared }: Omits, vars: Readonly<Record<string, unknown>>): readonly Omission[] {
  return declared.flatMap(({ omission, when }) => (when && isTrue(vars[when.name]) !== when.is ? [] : [omission]));
}

function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
