import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tests of the dialects that need no other program. The name of every other test ends in `.real.test.ts`. */
export function pureTests(root) {
  const folder = join(root, 'test/render/dialects');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.real.test.ts'))
    .map((name) => join(folder, name))
    .filter((file) => !readFileSync(file, 'utf8').includes('support/binaries.js'));
}
