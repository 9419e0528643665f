import type { Refused } from './grammar.js';
import { unknownMark } from './marks.js';
import { explainArgument, explainInput } from './shell-commands.js';
import * as frames from './shell-frames.js';
import { explainTest } from './shell-test.js';
import { couldBecomeSpecial, isSpecialVariable } from './shell-variables.js';
import { assignedName, endsCompound, readWords, skipToCommand } from './shell-words.js';
import type { Word } from './shell-words.js';
import type { State } from './state.js';

/** The role of a value at a position of a script: a word, a part of a variable's name, or refused. */
export type Role = 'word' | 'name' | Refused;

/**
 * Finds the role of a value in its command. Quotes make a value one word, but the shell can still interpret that word: as code, as arithmetic,
 * as a name with a subscript, or as a pattern.
 */
export function findRole(state: State, next: string): Role {
  const role = findRoleInCommand(state.command, state.mode === 'single', next);
  return typeof role === 'object' ? role : (explainAround(state.command) ?? role);
}

/**
 * The output of a substitution is part of the command around it, and the shell may interpret it there: `eval $(echo VALUE)`. Undefined when a
 * value would be allowed in place of every enclosing substitution.
 */
function explainAround(command: string): Refused | undefined {
  for (let around = frames.withoutTop(command); around !== undefined; around = frames.withoutTop(around)) {
    if (!/[$<>]\($/.test(around)) {
      if (frames.topFrame(around).includes(unknownMark))
        return refuse('a value in a substitution whose beginning depends on a block');
      continue;
    }
    // The text after the substitution is unknown, so the worst operator of a test is assumed there.
    const before = around.slice(0, -2);
    const role = findRoleInCommand(before, false);
    if (typeof role === 'object') return { ...role, refused: `${role.refused}, through a command substitution` };
    if (around.endsWith('$(') && mayNotSplit(before))
      return refuse('a value in a substitution without double quotes, which the shell splits into words');
  }
  return undefined;
}

/** Whether the command could read additional words as options, operators or names. */
function mayNotSplit(command: string): boolean {
  const frame = frames.topFrame(command);
  if (frame.startsWith(frames.arrayMark)) return false;
  const { before, redirection, quote } = readWords(frame);
  if (quote !== '' || redirection !== '') return false;
  const words = skipToCommand(before);
  const name = words[0]?.text ?? '';
  return words.length > 0 && !/^(?:echo|printf|for|case|set|:)$/.test(name);
}

/**
 * @param single whether the value is in single quotes.
 * @param next the text after the value; undefined when it is unknown.
 */
function findRoleInCommand(command: string, single: boolean, next?: string): Role {
  const frame = frames.topFrame(command);
  const { before, current, redirection, quote } = readWords(frame.replace(frames.arrayMark, ''));
  const follow = next ?? '';
  const found = explainWord(current, redirection, single) ?? explainFrame(frame, current);
  if (found !== undefined) return refuse(found);
  if (redirection !== '') {
    const input = endsCompound(before) ? undefined : explainInput(skipToCommand(before), redirection);
    return input === undefined ? 'word' : refuse(input);
  }
  if (frame.startsWith(frames.arrayMark)) return inArray(command);
  const words = skipToCommand(before);
  if (words.length === 0) return atCommand(current, follow);
  if (/^(?:export|readonly)$/.test(words[0]?.text ?? '') && !words.some(mayBeOption)) {
    const role = assignment(current, follow);
    if (role !== undefined) return role;
  }
  if (words[0]?.raw === '[[')
    return refuse('a value in "[[ ]]", which evaluates its operands as arithmetic or patterns');
  if (words.some(({ raw }) => raw === '{' || raw === '}'))
    return refuse('a value after a brace, where some shells begin another command');
  const problem = isTest(words) ? explainTest(words, afterWord(follow, quote)) : explainArgument(words, current);
  return problem === undefined ? 'word' : refuse(problem);
}

/**
 * The text after the word that a value is in; '' when the word does not end in the text.
 * @param quote the open quote around the value; '' outside quotes.
 */
function afterWord(next: string, quote: string): string {
  return (quote + next).replace(/^(?:\\.|'[^']*'|"(?:[^"\\]|\\.)*"|[^\s;&|)"'])*/, '');
}

/** Whether a word is an option, in quotes too, or an expansion that can be one. */
function mayBeOption(word: Word): boolean {
  return /^[-+]|\uFFFF/.test(word.text) || (word.expands && assignedName(word.raw) === undefined);
}

function refuse(refused: string): Refused {
  return { refused, hint };
}

const hint =
  'Quotes do not help there. Assign the value first, NAME={{…}} on a line of its own, and use "$NAME". ' +
  'Check that it is a number before any arithmetic (case $NAME in ""|*[!0-9]*) exit 1;; esac).';

function isTest(words: readonly Word[]): boolean {
  return /^(?:\[|test)$/.test(words[0]?.text ?? '');
}

/** Why a value must not follow the beginning of its word; undefined when it is allowed. */
function explainWord({ raw, bare }: Word, redirection: string, single: boolean): string | undefined {
  if (/[<>]&/.test(redirection)) return `a value after "${redirection}", which bash expands twice`;
  if (!single) {
    const dollar = frames.danglingDollar.exec(raw)?.[1];
    if (dollar === '$') return 'a value right after "$", which would make it an expansion';
    if (dollar !== undefined)
      return `a value right after ${dollar}, which would make it a part of the name; write \${…}`;
  }
  if (/(?:^|[=:])~[^/]*$/.test(bare)) return 'a value right after "~", which would make it the name of a user';
  if (!single && /(?:^|[^\\])(?:\\\\)*\$(?:\w+|[@*#?$!-])\[[^\]]*$/.test(raw))
    return 'a value inside the subscript of an array, which is evaluated as arithmetic';
  if (isOpen(bare, '{', '}')) return 'a value inside a brace expansion';
  if (/^[A-Za-z_\uFFFC\uFFFF][\w\uFFFC\uFFFF]*\[/.test(bare) && isOpen(bare, '[', ']'))
    return 'a value inside the subscript of an array, which is evaluated as arithmetic';
  return undefined;
}

function isOpen(text: string, open: string, close: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === open) depth++;
    if (char === close && depth > 0) depth--;
  }
  return depth > 0;
}

function explainFrame(frame: string, { raw }: Word): string | undefined {
  if (frames.isPattern(frame)) return 'a value in a pattern of "case"';
  if (frame.includes(frames.dangerMark))
    return 'a value in a command whose beginning depends on a block, or on how a shell reads "&>"';
  if (frame.startsWith(frames.arrayMark) && raw.startsWith('[') && isOpen(raw, '[', ']'))
    return 'a value inside the subscript of an array, which is evaluated as arithmetic';
  return undefined;
}

/** The elements of an array are plain words, except in a declaration, which interprets them. */
function inArray(command: string): Role {
  const { before } = readWords(`${frames.outerFrame(command)} `);
  const words = skipToCommand(before);
  const name = assignedName(before.at(-1)?.raw ?? '') ?? '';
  if (isSpecialVariable(name)) return refuse(explainSpecialVariable(name));
  return words.length === 0 ? 'word' : refuse('a value in an array that a command declares');
}

/** At the start of a command, only an assignment may contain a value. */
function atCommand(current: Word, next: string): Role {
  return assignment(current, next) ?? refuse('a value in place of a command, so it would choose the program that runs');
}

function explainSpecialVariable(name: string): string {
  return `a value for ${name}, a variable that the shell itself uses`;
}

/** The role of a value in an assignment; undefined when the word is not one. */
function assignment({ raw }: Word, next: string): Role | undefined {
  const name = assignedName(raw);
  if (name !== undefined) return isSpecialVariable(name) ? refuse(explainSpecialVariable(name)) : 'word';
  const begun = /^[A-Za-z_][\w\uFFFC]*$/.exec(raw)?.[0];
  if (begun === undefined || !/^\w*(?:\+?=|\uFFFC)/.test(next)) return undefined;
  // The check of the first value in the name covers the following ones.
  return couldBecomeSpecial(begun)
    ? refuse(
        `a value in the name of a variable after only ${begun}, so the name could become one that the shell itself uses`,
      )
    : 'name';
}
