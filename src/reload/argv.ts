import * as z from 'zod';
import { splitCommand } from '../process/split.js';

/** confd's notation in `check_cmd` and `reload_cmd` for the paths of the new file and of its destination. */
const confdPath = /\{\{-?\s*\.?(?:src|dest)\s*-?\}\}/i;

/** Refuses confd's notation: the command would receive these characters as they are. Returns whether it did. */
function refuseConfdPath(text: string, path: readonly number[], context: z.RefinementCtx): boolean {
  const found = confdPath.exec(text)?.[0];
  if (found === undefined) return false;
  const message = `${found} is confd's notation, and the command would get it as it is`;
  const hint =
    'In a `check`, write {staged}: it is the path of the one new file. Elsewhere, write the path of the output.';
  context.addIssue({ code: 'custom', path: [...path], message, params: { hint } });
  return true;
}

const word = z.string().refine((text) => !text.includes('\0'), 'an argument cannot hold a NUL character');

/** A command: a list of words, or one line that rollcall splits into words without a shell. */
export const argv = z
  .union([
    z
      .array(word)
      .min(1, 'a command names at least a program')
      .refine((words) => words[0] !== '', 'the program is empty')
      .superRefine((words, context) => {
        for (const [index, text] of words.entries()) refuseConfdPath(text, [index], context);
      }),
    z.string().transform((text, context): string[] => {
      if (refuseConfdPath(text, [], context)) return z.NEVER;
      const split = splitCommand(text);
      if ('argv' in split) return [...split.argv];
      context.addIssue({ code: 'custom', message: split.problem, params: { hint: split.hint } });
      return z.NEVER;
    }),
  ])
  .meta({ doc: 'command' });
