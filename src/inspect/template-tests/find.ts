import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import { explainUnread } from '../../model/file-error.js';
import { compareText } from '../../model/order.js';

const hint = 'The name of a test file ends with .test.yaml or .test.yml.';

/**
 * Finds test files. A file among the paths is a test file, whatever its name. In a directory, it searches all directories
 * below, except `node_modules` and names that begin with a dot.
 *
 * @param paths absolute
 * @returns absolute paths, sorted
 * @throws RollcallError `TEST_INVALID` when a path does not exist, or a directory holds no test
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
