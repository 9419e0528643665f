import { positionAt } from './parse.js';
import { createProblem } from './problem.js';
import type { SourceText, TemplateProblem } from './problem.js';
import { dialects } from './dialects/grammar.js';
import type { Dialect } from './dialects/grammar.js';
import { isDialect } from './dialects/choose.js';
import { suggest } from './lint/paths.js';

/** The settings in the comment at the beginning of a template. */
export interface Head {
  /** From a line `dialect: nginx`. */
  readonly dialect?: Dialect;
  /** From lines `vars.name = JSON`: optional vars and their defaults. Text after two blanks is a comment. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly problems: readonly TemplateProblem[];
}

/** The comment at the beginning of a template; '' when there is none. */
export function headComment(text: string): string {
  return /^\s*\{\{~?!(?:--[\s\S]*?--~?\}\}|[\s\S]*?\}\})/.exec(text)?.[0] ?? '';
}

/** Reads the head comment. A template without one has no defaults and no dialect. */
export function readHead(source: SourceText): Head {
  const comment = headComment(source.text);
  const problems: TemplateProblem[] = [];
  const defaults: Record<string, unknown> = {};
  let dialect: Dialect | undefined;
  const refuse = (offset: number, message: string, hint?: string): void => {
    problems.push(createProblem(source, positionAt(source.text, offset), message, hint));
  };
  for (const match of comment.matchAll(
    /(?<=^|\n|\{\{!--|\{\{!)([ \t]*)(?:dialect:[ \t]*([\w-]+)|vars\.(\w+)[ \t]*=[ \t]*(.*))/g,
  )) {
    const [, blank = '', dialectName, name, rest = ''] = match;
    const offset = match.index + blank.length;
    if (dialectName !== undefined) {
      if (isDialect(dialectName)) dialect = dialectName;
      else
        refuse(
          offset,
          `there is no dialect "${dialectName}"`,
          suggest(dialectName, dialects) ?? `The dialects are: ${dialects.join(', ')}.`,
        );
    } else if (name !== undefined) {
      const text =
        rest
          .replace(/(?:--)?~?\}\}$/, '')
          .split(/[ \t]{2,}/)[0]
          ?.trim() ?? '';
      try {
        defaults[name] = JSON.parse(text);
      } catch {
        refuse(offset, `the default of vars.${name} is not JSON`, `For example: vars.${name} = "text"`);
      }
    }
  }
  return { ...(dialect && { dialect }), defaults, problems };
}
