import { unknownMark } from './marks.js';
import * as frames from './shell-frames.js';
import { integersFollow } from './shell-commands.js';
import { readWords, skipToCommand } from './shell-words.js';
import type { State } from './state.js';

/**
 * The shell's state after one more character (POSIX XCU 2.2 to 2.10, and the words and brackets of bash). `State.nest` holds a letter for each
 * open bracket, which names its surroundings: `d` double quotes, `w` a word, `b` a command, `a` an array, `o` an expansion.
 */
export function stepShell(state: State, char: string, next: string): Partial<State> {
  if (state.escaped) return stepEscaped(state, char);
  switch (state.mode) {
    case 'single':
      return { command: add(state, char), ...(char === "'" ? { mode: 'bare' } : {}) };
    case 'comment':
      return char === '\n' ? { mode: 'bare', word: 'start', ...endCommand(state, char) } : {};
    case 'opaque':
      return { command: add(state, char), ...stepOpaque(state, char) };
    case 'double':
      if (char === '"') return { mode: 'bare', command: add(state, char) };
      return stepExpanding(state, char, next) ?? { command: add(state, char) };
    case 'bare':
    case 'block':
    case 'lost':
      return stepExpanding(state, char, next) ?? stepBare(state, char, next);
  }
}

function add({ command }: State, text: string): string {
  return frames.addText(command, text);
}

/**
 * A backslash before a line break joins the lines: the shell removes both characters. The indentation of a partial separates the words again.
 */
function stepEscaped(state: State, char: string): Partial<State> {
  if (char !== '\n') return { escaped: false, word: 'inside', command: add(state, char) };
  const { mode, indent } = state;
  const command = frames.addText(state.command.slice(0, -1), indent);
  const line = state.line.slice(0, -1) + indent;
  return { escaped: false, line, command, ...(mode === 'bare' && indent !== '' ? { word: 'start' } : {}) };
}

/** The begin of an expansion or a substitution, in and outside double quotes. */
function stepExpanding(state: State, char: string, next: string): Partial<State> | undefined {
  if (char === '\\') return { escaped: true, command: add(state, char) };
  if (char === '`') return { mode: 'lost' };
  if (!/[{([]/.test(char)) return undefined;
  const { line, command, nest } = state;
  // One branch of a block ends with the "$".
  if (line.endsWith(unknownMark) && frames.topFrame(command).endsWith('$')) return { mode: 'lost' };
  if (frames.danglingDollar.exec(line)?.[1] !== '$') return undefined;
  if (char === '[') return { mode: 'lost' };
  const opened = nest + (state.mode === 'double' ? 'd' : 'w');
  if (char === '{' || next === '(') return { mode: 'opaque', nest: opened, command: add(state, char) };
  return { mode: 'bare', word: 'start', nest: opened, command: frames.pushFrame(add(state, char), '') };
}

function stepBare(state: State, char: string, next: string): Partial<State> {
  const { line, word, command } = state;
  if (line.endsWith(unknownMark) && /[()']/.test(char)) return { mode: 'lost' };
  if (char === '#' && word === 'unknown') return { mode: 'lost' };
  // A tag, or the end of a joined line, can stand between the characters of an operator.
  if (char === '<' && (next === '<' || line.endsWith('<'))) return { mode: 'lost' };
  if (char === '#' && word === 'start') return { mode: 'comment' };
  if (char === "'")
    return line.endsWith('$') ? { mode: 'lost' } : { mode: 'single', word: 'inside', command: add(state, char) };
  if (char === '"') return { mode: 'double', word: 'inside', command: add(state, char) };
  const frame = frames.topFrame(command);
  // Inside [[ ]] no character ends the command, and a parenthesis only groups.
  if (isOpenTest(frame)) return { word: wordAfter(char), command: add(state, char) };
  if (frames.isPattern(frame)) return stepPattern(state, char, next);
  if (char === '(') return openParenthesis(state, next);
  if (char === ')') return closeParenthesis(state);
  if (/[ \t\n]/.test(char) && state.nest !== '' && /(?:^|[\s\uFFFF])case$/.test(frame)) return { mode: 'lost' };
  return { word: wordAfter(char), ...stepCommand(state, char, next) };
}

function wordAfter(char: string): State['word'] {
  return /[ \t\n;&|<>()]/.test(char) ? 'start' : 'inside';
}

function stepCommand(state: State, char: string, next: string): Partial<State> {
  const { command } = state;
  const frame = frames.topFrame(command);
  const previous = frame.at(-1) ?? '';
  if (char === '&' && /[<>]/.test(previous)) return { command: add(state, char) };
  // `&>` redirects in some shells and ends the command in others.
  if (char === '>' && state.line.endsWith('&') && !frame.endsWith(`${frames.dangerMark} `)) return { mode: 'lost' };
  if (char === '&' && next === '>') return { command: `${command} ${frames.dangerMark} ` };
  if (char === '|' && previous === '>') return { command: add(state, char) };
  if (/[;&]/.test(char) && state.line.endsWith(';') && frames.isInCase(command))
    return { command: frames.pushFrame(frames.popFrame(command, ''), frames.patternMark) };
  if (/[ \t]/.test(char) && beginsPatterns(frame)) return { command: frames.enterCase(command) };
  if (/[;&|\n]/.test(char)) return endCommand(state, char);
  return { command: add(state, char) };
}

/** A separator ends the command. After a command that gives variables a type, the scan stops: later assignments may be evaluated. */
function endCommand(state: State, char: string): Partial<State> {
  const { command } = state;
  const frame = frames.topFrame(command);
  if (frames.isPattern(frame) || isOpenTest(frame)) return {};
  if (frame.startsWith(frames.arrayMark)) return { command: add(state, char) };
  const words = readWords(`${frame} `).before;
  if (integersFollow(skipToCommand(words))) return { mode: 'lost' };
  if (beginsPatterns(frame)) return { command: frames.enterCase(command) };
  if (frame === 'esac' && frames.isInCase(command))
    return { command: frames.replaceTop(frames.leaveCase(command), '') };
  return { command: frames.replaceTop(command, '') };
}

/** Whether a frame is `case WORD in`. */
function beginsPatterns(frame: string): boolean {
  if (!frame.endsWith('in')) return false;
  const words = skipToCommand(readWords(`${frame} `).before);
  return words[0]?.raw === 'case' && words[2]?.raw === 'in';
}

/** Whether a frame is inside `[[ … ]]`. */
function isOpenTest(frame: string): boolean {
  if (!frame.includes('[[')) return false;
  const words = skipToCommand(readWords(`${frame} `).before);
  return words[0]?.raw === '[[' && !words.some(({ raw }) => raw === ']]');
}

/** Reads a pattern up to its `)`, or up to `esac`, which ends the `case`. */
function stepPattern(state: State, char: string, next: string): Partial<State> {
  const { command } = state;
  if (/[ \t\n;&|]/.test(char) && frames.topFrame(command) === `${frames.patternMark}esac`)
    return { word: 'start', ...stepCommand({ ...state, command: frames.leaveCase(command) }, char, next) };
  if (char === ')') return { word: 'start', command: frames.replaceTop(command, '') };
  return { word: wordAfter(char), command: add(state, char) };
}

function openParenthesis(state: State, next: string): Partial<State> {
  const { command, line, nest } = state;
  if (line.endsWith('(')) return { mode: 'lost' };
  const text = add(state, '(');
  const frame = frames.topFrame(command);
  if (/(?:^|\s)[A-Za-z_][\w\uFFFC]*(?:\[[^\]\s]*\])?\+?=$/.test(frame))
    return { word: 'start', nest: `${nest}a`, command: frames.pushFrame(text, frames.arrayMark) };
  const letter = /[<>]$/.test(frame) ? 'w' : 'b';
  if (letter === 'b' && !mayGroup(frame, next)) return { mode: 'lost' };
  if (next === '(') return { mode: 'opaque', nest: `${nest}b` };
  return { word: 'start', nest: nest + letter, command: frames.pushFrame(text, '') };
}

/** Whether a parenthesis begins a command, or belongs to `name()` or `for ((`. Any other one belongs to a pattern or a list of zsh. */
function mayGroup(frame: string, next: string): boolean {
  const { before, current } = readWords(frame);
  const words = skipToCommand(before);
  const names = words.length + Number(current.raw !== '');
  if (next === ')') return names === 1 || (names === 2 && words[0]?.raw === 'function');
  if (current.raw !== '') return false;
  return words.length === 0 || (next === '(' && words.length === 1 && words[0]?.raw === 'for');
}

function closeParenthesis({ command, nest }: State): Partial<State> {
  if (nest === '') return { word: 'start', command: frames.replaceTop(command, '') };
  const letter = nest.at(-1);
  const outer = frames.popFrame(command, ')');
  return {
    mode: modeOf(letter),
    nest: nest.slice(0, -1),
    // A "#" right after the parenthesis begins a comment only after the end of a command. After an array, the shells differ.
    word: letter === 'b' ? 'start' : letter === 'a' ? 'unknown' : 'inside',
    // After `( … )` and `name()`, a command may begin.
    command: letter === 'b' ? frames.replaceTop(outer, '') : outer,
  };
}

function stepOpaque({ nest, command }: State, char: string): Partial<State> {
  if (/["'`\\$]/.test(char)) return { mode: 'lost' };
  if (char === '(' || char === '{') return { nest: `${nest}o` };
  // After `(( … ))`, a command may begin.
  if (char === ')' && nest.endsWith('b'))
    return { mode: 'bare', nest: nest.slice(0, -1), command: frames.replaceTop(command, '') };
  if (char === ')' || char === '}') return { mode: modeOf(nest.at(-1)), nest: nest.slice(0, -1) };
  return {};
}

function modeOf(letter: string | undefined): State['mode'] {
  return letter === 'd' ? 'double' : letter === 'o' ? 'opaque' : 'bare';
}
