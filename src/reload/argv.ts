import * as z from 'zod';
import { splitCommand } from '../process/split.js';

const word = z.string().refine((text) => !text.includes('\0'), 'an argument cannot hold a NUL character');

/** A command: a list of words, or one line that rollcall splits into words without a shell. */
export const argv = z
  .union([
    z
      .array(word)
      .min(1, 'a command names at least a program')
      .refine((words) => words[0] !== '', 'the program is empty'),
    z.string().transform((text, context): string[] => {
      const split = splitCommand(text);
      if ('argv' in split) return [...split.argv];
      context.addIssue({ code: 'custom', message: split.problem, params: { hint: split.hint } });
      return z.NEVER;
    }),
  ])
  .meta({ doc: 'command' });
