import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { builtinDirectory } from '../config/contents.js';
import type { BuiltInVars } from '../config/vars-schema.js';
import { readHead } from '../render/head.js';
import { toJsonSchema } from '../render/vars/json-schema.js';

/** The vars of all built-in templates, for `createJsonSchema`. */
export async function readBuiltIns(): Promise<readonly BuiltInVars[]> {
  const files = (await readdir(builtinDirectory)).filter((file) => file.endsWith('.hbs')).sort();
  return Promise.all(
    files.map(async (file) => {
      const { vars } = readHead({ file, text: await readFile(join(builtinDirectory, file), 'utf8') });
      const entries = vars.map((one) => [
        one.name,
        {
          description: one.meaning,
          ...(one.type && toJsonSchema(one.type)),
          ...('default' in one && { default: one.default }),
        },
      ]);
      return { template: basename(file, '.hbs'), vars: Object.fromEntries(entries) as BuiltInVars['vars'] };
    }),
  );
}
