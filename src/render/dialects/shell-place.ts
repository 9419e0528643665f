import { unknownMark, valueMark } from './marks.js';
import { explainArgument, explainInput } from './shell-commands.js';
import * as frames from './shell-frames.js';
import { explainTest } from './shell-test.js';
import { couldBecomeMeant, isMeant } from './shell-variables.js';
import { assignedName, endsCompound, readWords, skipToCommand } from './shell-words.js';
import type { Word } from './shell-words.js';
import type { State } from './state.js';

/** What a value is at some point of a script: a word of its own, a part of a variable's name, or refused. */
export type Role =
  | { readonly is: 'word' }
  | { readonly is: 'name'; readonly begun: string }
  | { readonly refused: string; readonly hint: string };

/**
 * What a value is where it stands in a command. Quotes make a value one word; they do not keep the shell from reading
 * that word again: as code, as arithmetic, as a name with a subscript, or as a pattern.
 */
export function findRole(state: State, next: string): Role {
  const role = findRoleInCommand(state, next);
  return 'refused' in role ? role : (explainAround(state.command) ?? role);
}

/**
 * What a substitution writes stands in the command around it, where the shell may read it again: `eval $(echo VALUE)`. Undefined
 * where a value could stand in the place of every substitution around.
 */
function explainAround(command: string): Role | undefined {
  for (let around = frames.withoutTop(command); around !== undefined; around = frames.withoutTop(around)) {
    const before = /^(.*?)(?:\$\(|[<>]\(|`)$/s.exec(around)?.[1];
    if (before === undefined) {
      if (frames.topFrame(around).includes(unknownMark) && !frames.isPattern(frames.topFrame(around)))
        return refuse('a value in a substitution whose beginning depends on a block');
      continue;
    }
    // What follows the substitution is not written yet: an operator behind it, of a test, is taken for the worst.
    const role = findRoleInCommand({ ...outside, command: before }, '');
    if ('refused' in role) return { ...role, refused: `${role.refused}, by way of a command substitution` };
    if (!around.endsWith('>(') && !around.endsWith('<(') && mayNotSplit(before))
      return refuse('a value in a substitution without double quotes, which makes several words of it');
  }
  return undefined;
}

/** Whether several words in the place of one could be options, operators or names for the command. */
function mayNotSplit(command: string): boolean {
  const frame = frames.topFrame(command);
  const { before, current, quote } = readWords(frame.replace(/^[\uFDD1\uFDD2]/, ''));
  if (quote !== '' || current.redirection !== '' || frames.isPattern(frame)) return false;
  if (frame.startsWith(frames.arrayMark)) return false;
  const words = skipToCommand(before);
  const name = words[0]?.text ?? '';
  return words.length > 0 && !/^(?:echo|printf|for|case|set|:)$/.test(name);
}

function findRoleInCommand(state: Pick<State, 'command' | 'mode'>, next: string): Role {
  const frame = frames.topFrame(state.command);
  const { before, current } = readWords(frame.replace(/^[\uFDD1\uFDD2]/, ''));
  const found = explainWord(current, state) ?? explainFrame(frame, current);
  if (found !== undefined) return refuse(found);
  if (current.redirection !== '') {
    const input = endsCompound(before) ? undefined : explainInput(skipToCommand(before), current);
    return input === undefined ? { is: 'word' } : refuse(input);
  }
  if (frame.startsWith(frames.arrayMark)) return inArray(state);
  const words = skipToCommand(before);
  if (words.length === 0) return atCommand(current, next);
  if (/^(?:export|readonly)$/.test(words[0]?.text ?? '') && words.every(({ raw }) => !/^[-+]|\uFFFF/.test(raw))) {
    const role = assignment(current, next);
    if (role !== undefined) return role;
  }
  if (words[0]?.raw === '[[')
    return refuse('a value in "[[ ]]", which evaluates its operands as arithmetic or patterns');
  if (words.some(({ raw }) => raw === '{' || raw === '}'))
    return refuse('a value after a brace, where some shells begin another command');
  if (words[0]?.raw === 'case' && words.length === 1) return { is: 'word' };
  const problem = isTest(words)
    ? explainTest(words, next.replace(/^[^\s;&|)\uFFFC\uFFFF]*/, ''))
    : explainArgument(words, current);
  return problem === undefined ? { is: 'word' } : refuse(problem);
}

/** Quotes around a substitution say nothing of what is inside. */
const outside: Pick<State, 'mode'> = { mode: 'bare' };

function refuse(refused: string): { refused: string; hint: string } {
  return { refused, hint };
}

const hint =
  'Quotes do not help there. Assign the value first, NAME={{…}} on a line of its own, and use "$NAME"; ' +
  'check that it is a number before any arithmetic (case $NAME in ""|*[!0-9]*) exit 1;; esac).';

function isTest(words: readonly Word[]): boolean {
  return /^(?:\[|test)$/.test(words[0]?.text ?? '');
}

/** Why a value may not follow the beginning of its own word; undefined where it may. */
function explainWord({ raw, bare, redirection }: Word, { mode }: Pick<State, 'mode'>): string | undefined {
  if (/[<>]&/.test(redirection)) return `a value after "${redirection}", which bash expands twice`;
  if (mode !== 'single') {
    const dollar = frames.danglingDollar.exec(raw)?.[1];
    if (dollar === '$') return 'a value right after "$", which takes it for an expansion';
    if (dollar !== undefined)
      return `a value right after ${dollar}, which takes it for a part of the name; write \${…}`;
  }
  if (/(?:^|[=:])~[^/]*$/.test(bare)) return 'a value right after "~", which takes it for the name of a user';
  if (mode !== 'single' && /(?:^|[^\\])(?:\\\\)*\$(?:\w+|[@*#?$!-])\[[^\]]*$/.test(raw))
    return 'a value inside the subscript of an array, which is evaluated as arithmetic';
  if (isOpen(bare.replace(/\$\{[^}]*\}/g, ''), '{', '}')) return 'a value inside a brace expansion';
  if (/^[A-Za-z_\uFFFC\uFFFF][\w\uFFFC\uFFFF]*\[/.test(bare) && isOpen(bare, '[', ']'))
    return 'a value inside the subscript of an array, which is evaluated as arithmetic';
  return undefined;
}

function isOpen(raw: string, open: string, close: string): boolean {
  return raw.split(open).length > raw.split(close).length;
}

function explainFrame(frame: string, { raw }: Word): string | undefined {
  if (frames.isPattern(frame)) return 'a value in a pattern of "case"';
  if (frame.includes(frames.dangerMark))
    return 'a value in a command whose beginning depends on a block, or on how a shell reads "&>"';
  if (frame.startsWith(frames.arrayMark) && raw.startsWith('[') && isOpen(raw, '[', ']'))
    return 'a value inside the subscript of an array, which is evaluated as arithmetic';
  return undefined;
}

/** The elements of an array: plain words, save in a declaration, which reads them again. */
function inArray({ command }: Pick<State, 'command'>): Role {
  const { before } = readWords(`${frames.outerFrame(command)} `);
  const words = skipToCommand(before);
  const name = assignedName(before.at(-1)?.raw ?? '');
  if (name !== undefined && isMeant(name)) return refuse(meantFor(name));
  return words.length === 0 ? { is: 'word' } : refuse('a value in an array that a command declares');
}

/** Where no command has begun: only an assignment takes a value. */
function atCommand(current: Word, next: string): Role {
  return assignment(current, next) ?? refuse('a value in the place of a command, which would choose what is run');
}

function meantFor(name: string): string {
  return `a value for ${name}, which the shell reads again or runs by`;
}

/** Undefined where the word is no assignment. */
function assignment({ raw }: Word, next: string): Role | undefined {
  const name = assignedName(raw);
  if (name !== undefined) return isMeant(name) ? refuse(meantFor(name)) : { is: 'word' };
  const begun = /^[A-Za-z_][\w\uFFFC]*$/.exec(raw)?.[0];
  if (begun === undefined || !/^\w*(?:\+?=|\uFFFC)/.test(next)) return undefined;
  const fixed = begun.slice(0, `${begun}${valueMark}`.indexOf(valueMark));
  return couldBecomeMeant(fixed)
    ? refuse(
        `a value in the name of a variable that begins with ${fixed} alone, which could become one that the shell uses`,
      )
    : { is: 'name', begun };
}
