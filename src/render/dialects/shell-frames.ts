import { unknownMark } from './marks.js';

/**
 * The simple commands that are open at a point of a script, kept in `State.command` as text: the innermost one last,
 * each inside the substitution or the parentheses of the one before it. A frame holds its command as it is written up to
 * this point, from its first word on; what a closed substitution held is left out of it.
 */
const between = '\uFDD0';
/** Begins the frame of a pattern of `case`; alone with `case`, the frame around the patterns and their bodies. */
export const patternMark = '\uFDD1';
/** Begins the frame of the elements of an array, `NAME=( … )`. */
export const arrayMark = '\uFDD2';
/** In a frame: a branch may have written what runs the following words. */
export const dangerMark = '\uFDD3';
/** The frame around the patterns of a `case` and their bodies. */
const caseFrame = `${patternMark}case`;

export function topFrame(command: string): string {
  return command.slice(command.lastIndexOf(between) + 1);
}

/** The frame around the innermost one; '' when there is none. */
export function outerFrame(command: string): string {
  const at = command.lastIndexOf(between);
  return at < 0 ? '' : topFrame(command.slice(0, at));
}

/** All frames but the innermost one; undefined when there is no other. */
export function withoutTop(command: string): string | undefined {
  const at = command.lastIndexOf(between);
  return at < 0 ? undefined : command.slice(0, at);
}

export function pushFrame(command: string, frame: string): string {
  return command + between + frame;
}

/** Without the innermost frame; the frame around it goes on with `text`. */
export function popFrame(command: string, text: string): string {
  const at = command.lastIndexOf(between);
  return at < 0 ? '' : addText(command.slice(0, at), text);
}

export function replaceTop(command: string, frame: string): string {
  return command.slice(0, command.lastIndexOf(between) + 1) + frame;
}

/** Blanks before the first word say nothing about a command. */
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

/** After `case WORD in `: the first pattern. */
export function enterCase(command: string): string {
  return pushFrame(replaceTop(command, caseFrame), patternMark);
}

/** At `esac`, which ends the command that the `case` is. */
export function leaveCase(command: string): string {
  return replaceTop(popFrame(command, ''), 'esac');
}

/**
 * The frames after two branches: what they have in common, then a mark for what they have not. Undefined when one
 * branch is inside a `case` that the other is not in.
 */
export function joinCommands(a: string, b: string): string | undefined {
  if (a === b) return a;
  const [left, right] = [a.split(between), b.split(between)];
  if (left.length !== right.length) return undefined;
  return left.map((frame, index) => joinFrames(frame, right[index] ?? '')).join(between);
}

function joinFrames(a: string, b: string): string {
  if (a === b) return a;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const common = a.slice(0, same);
  const tails = [a.slice(same), b.slice(same)];
  // A "$" at the end of either would take what follows.
  const dollar = [a, b].map((frame) => danglingDollar.exec(frame)?.[1]).find((tail) => tail !== undefined);
  const danger = tails.some((tail) => dangerous.test(tail)) ? dangerMark : '';
  return common + (common.endsWith(unknownMark) ? '' : unknownMark) + danger + (dollar ?? '');
}

/** Words that make code of the words after them. */
const dangerous = /(?:^|[^\w-])(?:(?:[a-z]*sh|su|eval|exec|trap|source|\.|test|\[)(?:$|[^\w-])|-\w*c(?:$|\W))|\uFDD3/;

/** An expansion that goes on with what follows it: `$`, `$NAME`, `$1`. */
export const danglingDollar = /(?:^|[^\\])(?:\\\\)*(\$(?:\w*|[@*#?$!-]))$/;

/** For a partial that calls itself: nothing is known of the commands around it. */
export function forgetCommands(command: string): string {
  return command
    .split(between)
    .map((frame) => (/^(?:$|[\uFDD1\uFDD2])/.test(frame) ? frame : unknownMark))
    .join(between);
}
