import { expect, it } from 'vitest';
import { splitOperands } from '../../../../src/cli/commands/register/operands.js';

it.each([
  ['register web', ['web'], ['web'], undefined],
  ['register web -- ls', ['web', 'ls'], ['web'], ['ls']],
  ['register web :80 -- ls -la', ['web', ':80', 'ls', '-la'], ['web', ':80'], ['ls', '-la']],
  ['register web -- sh -c x -- y', ['web', 'sh', '-c', 'x', '--', 'y'], ['web'], ['sh', '-c', 'x', '--', 'y']],
  ['register web -- -- ls', ['web', '--', 'ls'], ['web'], ['--', 'ls']],
  ['register web --', ['web'], ['web'], []],
  ['register -- web', ['web'], [], ['web']],
])('tells the command from what is before it: %s', (line, operands, before, after) => {
  expect(splitOperands(operands, line.split(' '))).toEqual({ before, after });
});
