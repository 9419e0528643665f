import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import { explainUnread } from '../../model/file-error.js';
import { compareText } from '../../model/order.js';

const hint = 'Tests are files whose names end in .test.yaml or .test.yml.';

/**
 * The files of tests among these: a file is taken as it is, a folder is searched with what is below it, but for
 * `node_modules` and what begins with a dot.
 *
 * @param paths absolute
 * @returns absolute paths, sorted
 * @throws RollcallError `TEST_INVALID` when one of them is not there or a folder holds none: no test is no success
 */
export async function findTests(paths: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const files = await search(path).catch((cause: unknown) => {
      throw new RollcallError('TEST_INVALID', `${path} cannot be searched: ${explainUnread(cause)}`, { cause, hint });
    });
    if (files.length === 0) throw new RollcallError('TEST_INVALID', `no test in ${path}`, { hint });
    for (const file of files) found.add(file);
  }
  return [...found].sort(compareText);
}

async function search(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const files: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const { name } = entry;
    if (name === 'node_modules' || name.startsWith('.')) continue;
    if (entry.isDirectory()) files.push(...(await search(join(path, name))));
    else if (/\.test\.ya?ml$/.test(name)) files.push(join(path, name));
  }
  return files;
}
