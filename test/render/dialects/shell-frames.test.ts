import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unknownMark, valueMark } from '../../../src/render/dialects/marks.js';
import * as frames from '../../../src/render/dialects/shell-frames.js';

/** The text of open commands: the frames, the outermost one first. */
function stack(...texts: readonly string[]): string {
  return texts.slice(1).reduce(frames.pushFrame, texts[0] ?? '');
}

const { patternMark, arrayMark, dangerMark } = frames;

test('of three frames, the innermost two can be read, and the innermost one removed', () => {
  const command = stack('a', 'b', 'c');
  expect(frames.topFrame(command)).toBe('c');
  expect(frames.outerFrame(command)).toBe('b');
  expect(frames.withoutTop(command)).toBe(stack('a', 'b'));
  expect(frames.popFrame(command, ')')).toBe(stack('a', 'b)'));
  expect(frames.replaceTop(command, 'd')).toBe(stack('a', 'b', 'd'));
});

test('one frame has no frame around it', () => {
  expect(frames.topFrame('ab')).toBe('ab');
  expect(frames.outerFrame('ab')).toBe('');
  expect(frames.withoutTop('a')).toBeUndefined();
  expect(frames.popFrame('a', ')')).toBe('');
  expect(frames.replaceTop('a', 'd')).toBe('d');
});

test('an empty frame can have a frame in it', () => {
  const command = stack('', 'b');
  expect(frames.outerFrame(command)).toBe('');
  expect(frames.withoutTop(command)).toBe('');
  expect(frames.popFrame(command, ')')).toBe(')');
  expect(frames.replaceTop(command, 'd')).toBe(stack('', 'd'));
  expect(frames.outerFrame(stack('', 'b', 'c'))).toBe('b');
  expect(frames.outerFrame(stack('', 'b'))).toBe('');
});

test.each([
  ['', ' \t\na b ', 'a b '],
  [patternMark, ' \t\na b', `${patternMark}a b`],
  [arrayMark, '\t\n a b', `${arrayMark}a b`],
  ['', 'a\n b', 'a\n b'],
  ['x', ' a', 'x a'],
  [`${arrayMark}x`, ' a', `${arrayMark}x a`],
  [`x${arrayMark}`, ' a', `x${arrayMark} a`],
  ['', '\u00A0a', '\u00A0a'],
  ['x', `a${patternMark}b${arrayMark}c${dangerMark}\uFDD0\uFDCF\uFDD4`, 'xa?b?c??\uFDCF\uFDD4'],
])('after the frame %j, the text %j makes it %j', (frame, text, expected) => {
  expect(frames.addText(frame, text)).toBe(expected);
  expect(frames.addText(stack('outer', frame), text)).toBe(stack('outer', expected));
});

test('a text never opens a frame, begins a pattern or an array, or is dangerous', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\uFDD0', '\uFDD1', '\uFDD2', '\uFDD3') }), (text) => {
      expect(frames.addText('x', text)).toBe(`x${text.replaceAll(/[\uFDD0-\uFDD3]/g, '?')}`);
    }),
  );
});

test('the patterns of a case are in a frame of their own until its esac', () => {
  const inside = frames.enterCase(stack('a', 'case b in'));
  expect(frames.isInCase(inside)).toBe(true);
  expect(frames.isPattern(frames.topFrame(inside))).toBe(true);
  expect(frames.isInCase(frames.pushFrame(inside, ''))).toBe(false);
  expect(frames.isPattern(frames.topFrame(frames.replaceTop(inside, 'b')))).toBe(false);
  expect(frames.isPattern(`a${patternMark}`)).toBe(false);
  expect(frames.leaveCase(inside)).toBe(stack('a', 'esac'));
  expect(frames.leaveCase(frames.replaceTop(inside, 'b'))).toBe(stack('a', 'esac'));
});

/** Pairs of frames after two branches, and the frame after the block, where `?` is the unknown text and `!` the mark of danger. */
test.each([
  ['a', 'a', 'a'],
  ['', '', ''],
  ['a b', 'a c', 'a ?'],
  ['a b', 'a ', 'a ?'],
  ['a', 'a b', 'a?'],
  ['b', 'c', '?'],
  ['bd', 'cd', '?'],
  ['', 'b', '?'],
  ['a ?', 'a ?b', 'a ?'],
  ['a ?b', 'a ?c', 'a ?'],
  ['? a', '? b', '? ?'],
  ['?a', '?ab', '?a?'],
  ['a $b ', 'a ', 'a $?'],
  ['a ', 'a $b ', 'a $?'],
  ['a ?$b ', 'a ?', 'a ?$?'],
  ['a $?', 'a $?$b ', 'a $?'],
  ['a $b c', 'a $b d', 'a $b ?'],
  ['a $', 'a ', 'a $?$'],
  ['a ', 'a $', 'a $?$'],
  ['a $b', 'a $c', 'a $?$b'],
  ['a $$b', 'a $$c ', 'a $$?$b'],
  ['a \\$b', 'a ', 'a $?'],
  ['a ', 'a sh', 'a ?!'],
  ['a sh', 'a ', 'a ?!'],
  ['a !b', 'a ', 'a ?!'],
  ['sh a', 'sh b', 'sh ?'],
  ['sh\ta', 'sh\tb', 'sh\t?'],
  ['sh\na', 'sh\nb', 'sh\n?'],
  ['a s3', 'a sh', 'a s?!'],
  ['a\ts3', 'a\tsh', 'a\ts?!'],
  ['a\ns3', 'a\nsh', 'a\ns?!'],
  ['sh', 's3', 's?!'],
  ['a -ce', 'a -x', 'a -?'],
  ['$a -ce', '$a -x', '$a -?!'],
  ['$a x-ce', '$a x', '$a x?'],
  ['$a x -ce', '$a x', '$a x?!'],
  ['$a ^-ce', '$a x', '$a ?!'],
  ['$a --ce', '$a x', '$a ?'],
  ['$a -Xbc', '$a x', '$a ?!'],
  ['$a -1c', '$a x', '$a ?!'],
  ['$a -1ce', '$a x', '$a ?'],
  ['$a -xce', '$a x', '$a ?!'],
  ['$a -Xce', '$a x', '$a ?!'],
  ['$a x"-ce"', '$a x', '$a x?'],
  ['a -"ex"e\'c\'dir', 'a ', 'a ?!'],
  ['a \\s\\u', 'a ', 'a ?!'],
])('after the branches %j and %j, the frame is %j', (a, b, expected) => {
  const read = (text: string): string => text.replaceAll('?', unknownMark).replaceAll('!', dangerMark);
  expect(frames.joinCommands(read(a), read(b))).toBe(read(expected));
  expect(frames.joinCommands(stack('x y', read(a), 'z'), stack('x y', read(b), 'z'))).toBe(
    stack('x y', read(expected), 'z'),
  );
});

test('branches that open different numbers of commands cannot be joined', () => {
  expect(frames.joinCommands(stack('a', 'b'), 'a')).toBeUndefined();
  expect(frames.joinCommands('', stack('', ''))).toBeUndefined();
});

const dangerous =
  'sh bash dash ash ksh ksh93 mksh zsh fish su sg runuser script eval exec trap source . test [ -c -ec -1c -xec -exec -execdir -ok -okdir --command'.split(
    ' ',
  );

test.each(dangerous)('the word %s in a branch is dangerous, wherever the word stands in it', (word) => {
  const join = (branch: string): string => frames.joinCommands('a ', `a ${branch}`) ?? '';
  expect(['', 'x ', '/', '"', '\t', '\n', '=', '('].map((before) => join(before + word).includes(dangerMark))).toEqual(
    Array.from({ length: 8 }, () => true),
  );
  expect([' ', '"', '\t', '\n', ')', valueMark].map((after) => join(word + after).includes(dangerMark))).toEqual(
    Array.from({ length: 6 }, () => true),
  );
});

test.each(
  'shx x1sh -sh sh- sh_ SH x-su su1 su-x evalx xeval x-eval exec- trap1 sources x. .x tests test- [x x[ x-c -cx -c1 x-ok -okx -execdirx --exec --ok --c -commandx --commands SHELL x3'.split(
    ' ',
  ),
)('the word %s in a branch is not dangerous', (word) => {
  expect(frames.joinCommands('a ', `a ${word}`)).toBe(`a ${unknownMark}`);
  expect(frames.joinCommands(`a ${word} b`, 'a ')).toBe(`a ${unknownMark}`);
});

test.each([
  ['$', '$'],
  ['a$', '$'],
  ['a\\\\$b', '$b'],
  ['\\\\\\\\$1', '$1'],
  ['$?', '$?'],
  ['$$', '$$'],
  ['a \\$b', undefined],
  ['\\\\\\$b', undefined],
  ['$b ', undefined],
  ['$b.', undefined],
  ['${b}', undefined],
  ['b', undefined],
])('the open expansion at the end of %j is %j', (text, expected) => {
  expect(frames.danglingDollar.exec(text)?.[1]).toBe(expected);
});

test('for a partial that calls itself, only patterns and arrays and the beginnings of commands are known', () => {
  expect(frames.forgetCommands(stack('', 'a', `${patternMark}case`, `${arrayMark}b`, patternMark, ''))).toBe(
    stack('', unknownMark, `${patternMark}case`, `${arrayMark}b`, patternMark, ''),
  );
  expect(frames.forgetCommands(stack(`a${patternMark}`, `a${arrayMark}`))).toBe(stack(unknownMark, unknownMark));
});
