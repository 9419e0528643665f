import { unknownMark } from './marks.js';

/**
 * `State.command` holds the simple commands that are open at a position of a script, as text: one frame for each command, the innermost one
 * last. Each command is inside the substitution or the parentheses of the frame before it. A frame holds the text of its command from its
 * first word up to this position, without the text inside closed substitutions. `between` separates frames.
 */
const between = '\uFDD0';
/** Begins the frame of a `case` pattern. Followed by `case`, it is the frame around the patterns and their bodies. */
export const patternMark = '\uFDD1';
/** Begins the frame of the elements of an array, `NAME=( … )`. */
export const arrayMark = '\uFDD2';
/** In a frame: a branch may have written a command that runs the following words. */
export const dangerMark = '\uFDD3';
/** The frame around the patterns of a `case` and their bodies. */
const caseFrame = `${patternMark}case`;

export function topFrame(command: string): string {
  return command.slice(command.lastIndexOf(between) + 1);
}

/** The frame around the innermost one; '' when there is only one. */
export function outerFrame(command: string): string {
  return topFrame(withoutTop(command) ?? '');
}

/** All frames but the innermost one; undefined when there is only one. */
export function withoutTop(command: string): string | undefined {
  const at = command.lastIndexOf(between);
  return at < 0 ? undefined : command.slice(0, at);
}

export function pushFrame(command: string, frame: string): string {
  return command + between + frame;
}

/** Removes the innermost frame, and appends `text` to the frame around it. */
export function popFrame(command: string, text: string): string {
  const around = withoutTop(command);
  return around === undefined ? '' : addText(around, text);
}

export function replaceTop(command: string, frame: string): string {
  return command.slice(0, command.lastIndexOf(between) + 1) + frame;
}

/** Appends text to the innermost frame, without blanks before its first word. */
export function addText(command: string, text: string): string {
  const clean = text.replace(/[\uFDD0-\uFDD3]/g, '?');
  return /^[\uFDD1\uFDD2]?$/.test(topFrame(command)) ? command + clean.replace(/^[ \t\n]+/, '') : command + clean;
}

export function isPattern(frame: string): boolean {
  return frame.startsWith(patternMark);
}

export function isInCase(command: string): boolean {
  return outerFrame(command) === caseFrame;
}

/** Enters the first pattern, after `case WORD in `. */
export function enterCase(command: string): string {
  return pushFrame(replaceTop(command, caseFrame), patternMark);
}

/** Leaves a `case`, at its `esac`. */
export function leaveCase(command: string): string {
  return replaceTop(withoutTop(command) ?? '', 'esac');
}

/**
 * The frames after two branches: their common text, then a mark for the rest. Undefined when only one of them is inside a `case`.
 */
export function joinCommands(a: string, b: string): string | undefined {
  const [left, right] = [a.split(between), b.split(between)];
  if (left.length !== right.length) return undefined;
  return left.map((frame, index) => joinFrames(frame, right[index] ?? '')).join(between);
}

function joinFrames(a: string, b: string): string {
  if (a === b) return a;
  let same = 0;
  while (a[same] === b[same]) same++;
  const common = a.slice(0, same);
  // The branches may differ inside a word, "-exec" and "-empty".
  const word = Math.max(...[' ', '\t', '\n'].map((blank) => common.lastIndexOf(blank))) + 1;
  const danger = [a, b].some((frame) => isDangerous(frame, word)) ? dangerMark : '';
  const unknown = [a, b].some((frame) => frame.includes('$', same)) ? `$${unknownMark}` : unknownMark;
  // A "$" at the end of a branch would expand the following text.
  const dollar = [a, b].map((frame) => danglingDollar.exec(frame)?.[1]).find((tail) => tail !== undefined);
  return common + (common.endsWith(unknown) ? '' : unknown) + danger + (dollar ?? '');
}

/** Whether a branch, which wrote the end of a frame, has a word that makes the shell run the following words as code. */
function isDangerous(frame: string, from: number): boolean {
  // The shell removes quotes, also inside a word.
  const text = frame.slice(from).replace(/["'\\]/g, '');
  return dangerous.test(text) || (frame.includes('$') && /(?:^|[^\w-])-[A-Za-z]*c/.test(text));
}

/** Names of shells and of commands that run their arguments, and the options that take a script or a command. */
const dangerous =
  /(?:^|[^\w-])(?:(?:[a-z]*sh|ksh93|su|sg|runuser|script|eval|exec|trap|source|\.|test|\[)(?:$|[^\w-])|-(?:\w*c|-command|execdir|ok|okdir)(?:$|\W))|\uFDD3/;

/** An expansion that the following text can continue: `$`, `$NAME`, `$1`. */
export const danglingDollar = /(?:^|[^\\])(?:\\\\)*(\$(?:\w*|[@*#?$!-]))$/;

/** For a partial that calls itself: the text of the commands around it is unknown. */
export function forgetCommands(command: string): string {
  return command
    .split(between)
    .map((frame) => (/^(?:$|[\uFDD1\uFDD2])/.test(frame) ? frame : unknownMark))
    .join(between);
}
