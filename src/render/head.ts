import { positionAt } from './parse.js';
import { createProblem } from './problem.js';
import type { SourceText, TemplateProblem } from './problem.js';
import { dialects } from './dialects/grammar.js';
import type { Dialect } from './dialects/grammar.js';
import { isDialect } from './dialects/choose.js';
import { suggest } from './lint/paths.js';
import { findVarMistake } from './vars/check.js';
import type { VarDeclaration } from './vars/declaration.js';
import { parseVarType, typeNames, TypeSyntaxError } from './vars/type.js';
import type { VarType } from './vars/type.js';

/** The settings in the comment at the beginning of a template. */
export interface Head {
  /** From a line `dialect: nginx`. */
  readonly dialect?: Dialect;
  /** From lines `vars.name: type = JSON`, `vars.name: type` and `vars.name = JSON`. Text after two blanks is the meaning. */
  readonly vars: readonly VarDeclaration[];
  /** The defaults of `vars`, by name. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly problems: readonly TemplateProblem[];
}

/** The comment at the beginning of a template; '' when there is none. */
export function headComment(text: string): string {
  return /^\s*\{\{~?!(?:--[\s\S]*?--~?\}\}|[\s\S]*?\}\})/.exec(text)?.[0] ?? '';
}

/** Reads the head comment. A template without one has no vars and no dialect. */
export function readHead(source: SourceText): Head {
  const comment = headComment(source.text);
  const problems: TemplateProblem[] = [];
  const vars = new Map<string, VarDeclaration>();
  let dialect: Dialect | undefined;
  const refuse = (offset: number, message: string, hint?: string): void => {
    problems.push(createProblem(source, positionAt(source.text, offset), message, hint));
  };
  for (const match of comment.matchAll(
    /(?<=^|\n|\{\{!--|\{\{!)([ \t]*)(?:dialect:[ \t]*([\w-]+)|vars\.([\w-]+)[ \t]*([:=].*))/g,
  )) {
    const [line, blank = '', dialectName, name, rest = ''] = match;
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
      try {
        const more = continuation(comment.slice(match.index + line.length), blank);
        const read = readDeclaration(name, rest.replace(/(?:--)?~?\}\}$/, ''));
        if (vars.has(name)) refuse(offset, `vars.${name} is declared twice`, 'Remove one of the lines.');
        const meaning = [read.meaning, more].join(' ').trim();
        vars.set(name, { name, ...read, meaning, at: positionAt(source.text, offset) });
      } catch (error) {
        if (!(error instanceof DeclarationError)) throw error;
        refuse(offset, error.message, error.hint);
      }
    }
  }
  const defaults = [...vars.values()].flatMap((one) => ('default' in one ? [[one.name, one.default] as const] : []));
  return {
    ...(dialect && { dialect }),
    vars: [...vars.values()],
    defaults: Object.fromEntries(defaults),
    problems,
  };
}

class DeclarationError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** @param text the rest of the line: `: type = JSON  meaning`, each part but the first optional, or `= JSON  meaning`. */
function readDeclaration(name: string, text: string): Omit<VarDeclaration, 'name' | 'at'> {
  let rest = text;
  let type: VarType | undefined;
  if (rest.startsWith(':')) {
    const read = readType(name, rest.slice(1).replace(/^[ \t]+/, ''));
    ({ type, rest } = read);
    const [, meaning] = /^(?:[ \t]{2,}(?!=)(.*)|[ \t]*)$/.exec(rest) ?? [undefined, undefined];
    if (meaning !== undefined || rest.trim() === '') return { type, meaning: meaning?.trim() ?? '' };
    rest = rest.replace(/^[ \t]+/, '');
    if (!rest.startsWith('='))
      throw new DeclarationError(
        `the type of vars.${name} is followed by ${JSON.stringify(/^\S*/.exec(rest)?.[0])}`,
        'Write `= DEFAULT` after the type, or two blanks and the meaning.',
      );
  }
  const read = readDefault(name, rest.slice(1));
  const mistake = type && findVarMistake(type, read.default);
  if (mistake)
    throw new DeclarationError(`the default of vars.${name} has another type: ${mistake.message}`, mistake.hint);
  return { ...(type && { type }), ...read };
}

function readType(name: string, text: string): { readonly type: VarType; readonly rest: string } {
  try {
    const { type, length } = parseVarType(text);
    return { type, rest: text.slice(length) };
  } catch (error) {
    if (!(error instanceof TypeSyntaxError)) throw error;
    throw new DeclarationError(`the type of vars.${name}: ${error.message}`, `The types are: ${typeNames.join(', ')}.`);
  }
}

/** Gaps of two blanks that a default may contain. */
const mostGaps = 100;

/** Two blanks end the default, except within it. */
function readDefault(name: string, text: string): { readonly default: unknown; readonly meaning: string } {
  const ends = [...text.matchAll(/[ \t]{2,}|$/g)].map(({ index }) => index);
  for (const end of ends.slice(0, mostGaps)) {
    const json = text.slice(0, end).trim();
    if (json === '') continue;
    try {
      return { default: JSON.parse(json) as unknown, meaning: text.slice(end).trim() };
    } catch {
      // The default may go on after these blanks.
    }
  }
  throw new DeclarationError(`the default of vars.${name} is not JSON`, `For example: vars.${name} = "text"`);
}

/** The meaning in the lines below a declaration. */
function continuation(below: string, indentation: string): string {
  const words: string[] = [];
  for (const line of below.split('\n').slice(1)) {
    const [, blank = '', text = ''] = /^([ \t]*)(.*?)(?:--)?(?:~?\}\})?\s*$/.exec(line) ?? [];
    if (text === '' || blank.length <= indentation.length) break;
    words.push(text);
  }
  return words.join(' ');
}
