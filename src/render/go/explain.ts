import { createProblem } from '../problem.js';
import type { SourceText, TemplateProblem } from '../problem.js';
import { asArgument, callsGoFunction, convertExpression } from './expression.js';
import { findTags } from './tags.js';

interface Explanation {
  readonly message: string;
  readonly hint: string;
}

/** At most this many tags of a text are explained: a large template would fill the terminal. */
const maxExplained = 50;

/** A block of a Go template: its word, and the name of the block that replaces it. */
interface OpenBlock {
  readonly word: string;
  readonly name: string;
  readonly line: number;
}

/**
 * Replaces the problems of tags in the syntax of Go's text/template, which confd and consul-template use, by explanations with the
 * replacement. Other problems stay.
 *
 * @param problems those of one text. A text that Handlebars cannot parse has only one: then all such tags are explained.
 * @param parsed whether it can be parsed. Then only tags with a problem are explained.
 */
export function explainGoSyntax(
  source: SourceText,
  problems: readonly TemplateProblem[],
  parsed: boolean,
): readonly TemplateProblem[] {
  const open: OpenBlock[] = [];
  const starts = [0, ...[...source.text.matchAll(/\r\n?|\n/g)].map(({ index, 0: end }) => index + end.length)];
  const placed = problems.map((problem) => ({
    problem,
    offset: (starts[problem.line - 1] ?? 0) + problem.column - 1,
  }));
  const explained: TemplateProblem[] = [];
  const replaced = new Set<TemplateProblem>();
  let line = 1;
  for (const { at, end, inner } of findTags(source.text)) {
    while ((starts[line] ?? Infinity) <= at) line++;
    const found = explainTag(inner, open, line);
    const own = placed.filter(({ offset }) => offset >= at && offset < end);
    if (found === undefined || (parsed && own.length === 0)) continue;
    if (explained.length === maxExplained) break;
    explained.push(createProblem(source, { line, column: at - (starts[line - 1] ?? 0) }, found.message, found.hint));
    for (const { problem } of own) replaced.add(problem);
  }
  // The parser stops at its first problem, which such a tag may have caused anywhere before.
  if (explained.length > 0 && !parsed) return explained;
  return [...explained, ...problems.filter((problem) => !replaced.has(problem))];
}

function explainTag(inner: string, open: OpenBlock[], line: number): Explanation | undefined {
  const code = inner.replace(/^-\s/, '').replace(/\s-$/, '').trim();
  if (/^\/\*[\s\S]*\*\/$/.test(code))
    return { message: "this is a comment of Go's templates", hint: 'Write {{! … }}, or {{!-- … --}} around braces.' };
  const [, word = ''] = /^([a-z]+)(?![\w.=])/.exec(code) ?? [];
  const rest = code.slice(word.length).trim();
  const block = explainBlock(word, rest, open, line);
  if (block !== undefined) return block;
  const variable = /^\$(\w+)\s*(:?=)\s*([\s\S]*)$/.exec(code);
  if (variable !== null) return explainVariable(variable);
  if (isGoExpression(code) || callsGoFunction(code)) return explainExpression(code);
  if (code === inner.trim()) return undefined;
  return {
    message: "`{{- ` and ` -}}` remove white space in Go's templates",
    hint: `Write {{${code}}} alone on its line, which writes no empty line, or {{~${code}~}}.`,
  };
}

function explainBlock(word: string, rest: string, open: OpenBlock[], line: number): Explanation | undefined {
  const begin = (name: string, hint: string): Explanation => {
    open.push({ word, name, line });
    return { message: `{{${word} …}} begins a block in Go's templates`, hint };
  };
  switch (word) {
    case 'range':
      return begin('each', `Write ${writeRange(rest)} … {{/each}}.`);
    case 'if':
      return begin('if', `Write {{#if ${convertArgument(rest)}}} … {{/if}}.`);
    case 'with': {
      const [, name, value = rest] = /^\$(\w+)\s*:=\s*([\s\S]*)$/.exec(rest) ?? [];
      const as = name === undefined ? '' : ` as |${name}|`;
      return begin('with', `Write {{#with ${convertArgument(value)}${as}}} … {{/with}}.`);
    }
    case 'define':
      return begin('inline', `Write {{#*inline ${rest}}} … {{/inline}}, and call it with {{> name}}.`);
    case 'block':
      return begin('inline', 'Write {{#*inline "name"}} … {{/inline}}, and call it with {{> name}}.');
    case 'end': {
      if (rest !== '') return undefined;
      const ended = open.pop();
      const hint =
        ended === undefined
          ? 'Write {{/each}}, {{/if}} or {{/with}}: the name of the block that it ends.'
          : `Write {{/${ended.name}}}, which ends the {{${ended.word} …}} of line ${ended.line}.`;
      return { message: "{{end}} ends a block in Go's templates", hint };
    }
    case 'else': {
      const [, condition] = /^if\s+([\s\S]*)$/.exec(rest) ?? [];
      if (condition === undefined || !condition.includes(' ') || condition.startsWith('(')) return undefined;
      return {
        message: "a call without parentheses is the syntax of Go's templates",
        hint: `Write {{else if ${convertArgument(condition)}}}.`,
      };
    }
    case 'template': {
      const [, name = 'name', context = ''] = /^"([^"]*)"\s*([\s\S]*)$/.exec(rest) ?? [];
      const value = context === '' || context === '.' ? '' : ` ${convertArgument(context)}`;
      return { message: "{{template …}} calls a template in Go's templates", hint: `Write {{> ${name}${value}}}.` };
    }
    case 'break':
    case 'continue':
      if (rest !== '') return undefined;
      return {
        message: `{{${word}}} is for loops of Go's templates`,
        hint: 'Choose the items before the loop, with (filter …), (reject …) or (limit …), or use {{#if}} in it.',
      };
    default:
      return undefined;
  }
}

function explainVariable([, name = '', sign, value = '']: readonly string[]): Explanation {
  if (sign === ':=')
    return {
      message: `$${name} := … is a variable of Go's templates`,
      hint: `Write {{#let ${convertArgument(value)} as |${name}|}} … {{/let}} around its uses, and {{${name}}} for the value.`,
    };
  return {
    message: `$${name} = … gives a variable of Go's templates another value`,
    hint: 'A name keeps its value here. Choose with (or …), (default …) or {{#if}}, and use @first, @last and @index in loops.',
  };
}

/** Text outside quotes that Handlebars does not have: a dot alone, a pipe, a variable, a field with a leading dot, a text in backticks. */
function isGoExpression(code: string): boolean {
  const bare = code.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  if (bare === '.') return true;
  if (/^[#^/>&*{~]/.test(bare) || /\bas\s+\|/.test(bare)) return false;
  return /\||`|(?:^|[\s(])\$(?=[\w.\s)]|$)|(?:^|[\s(])\.\w/.test(bare);
}

function explainExpression(code: string): Explanation {
  const bare = code.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  const what = bare.includes('|')
    ? 'a pipe'
    : bare.includes('`')
      ? 'a text in backticks'
      : bare.includes('$')
        ? 'a name with a dollar'
        : bare === '.'
          ? 'a dot for the current value'
          : callsGoFunction(code)
            ? 'this function'
            : 'a field with a leading dot';
  const converted = convertExpression(code);
  const hint =
    converted === undefined
      ? 'Write calls in parentheses, fields and variables by their plain names: {{upper (get "/key")}}.'
      : `Write {{${converted}}}.`;
  const belongs = what === 'this function' ? 'belongs to' : 'is the syntax of';
  return { message: `${what} ${belongs} Go's templates`, hint };
}

function writeRange(rest: string): string {
  const [, first, second, list = rest] = /^\$(\w+)(?:\s*,\s*\$(\w+))?\s*:=\s*([\s\S]*)$/.exec(rest) ?? [];
  const names = second === undefined ? first : first === '_' ? second : `${second} ${first ?? ''}`;
  return `{{#each ${convertArgument(list)}${names === undefined ? '' : ` as |${names}|`}}}`;
}

function convertArgument(go: string): string {
  const converted = convertExpression(go);
  return converted === undefined ? '(…)' : asArgument(converted);
}
