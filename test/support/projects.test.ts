import { writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needsControlPlane, needsServers } from './projects.js';
import { tempDir } from './temp.js';

const test = join(import.meta.dirname, '..');
const toHelpers = (file: string): string => relative(dirname(file), import.meta.dirname);

describe('a test needs servers', () => {
  it.each(['integration/serving.test.ts', 'cli/usage.test.ts', 'reload/signal.test.ts'])('when it is %s', (file) => {
    expect(needsServers(join(test, file))).toBe(true);
  });

  it.each(['model/address.test.ts', 'config/load.test.ts', 'support/projects.test.ts'])('unlike %s', (file) => {
    expect(needsServers(join(test, file))).toBe(false);
  });

  it.each([
    ['itself', `import { needs } from './binaries.js';\n`, true],
    ['over several lines', `import {\n  needs,\n} from './binaries.js';\n`, true],
    ['for its effect', `import './command.js';\n`, true],
    ['for its types alone', `import type { Line } from './command.js';\n`, false],
    ['in the text of a comment', `// from './command.js'\n`, false],
  ])('when it imports their helpers %s', async (_how, text, expected) => {
    const file = join(await tempDir(), 'some.test.ts');
    await writeFile(file, text.replace('./', `${toHelpers(file)}/`));
    expect(needsServers(file)).toBe(expected);
  });

  it('when a file that it imports does, circles included', async () => {
    const folder = await tempDir();
    const [first, second] = [join(folder, 'first.test.ts'), join(folder, 'second.ts')];
    await writeFile(first, `import { a } from './second.js';\n`);
    await writeFile(second, `import './first.test.js';\n`);
    expect(needsServers(first)).toBe(false);
    await writeFile(second, `import './first.test.js';\nexport { needs } from '${toHelpers(second)}/binaries.js';\n`);
    expect(needsServers(first)).toBe(true);
  });
});

describe('a test needs a control plane', () => {
  it('when it imports its helper, and not when it imports only a type of it', () => {
    expect(needsControlPlane(join(test, 'kubernetes', 'client.test.ts'))).toBe(true);
    expect(needsControlPlane(join(test, 'kubernetes', 'calls.test.ts'))).toBe(false);
  });
});
