import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { tempDir } from '../../support/temp.js';
import { splitWords } from './split-words.js';

for (const name of ['bash', 'dash', 'mksh', 'zsh'])
  describeWith(name, name, (path) => {
    test('reads the same words as the scanner', async () => {
      const cwd = await tempDir('rollcall-words-');
      const script = splitWords.map(([text]) => `set -- ${text}\nprintf '%s\\0' "$#" "$@"`).join('\n');
      const out = execFileSync(path, ['-s'], { input: script, cwd, env: {}, timeout: 20_000 }).toString();
      const expected = splitWords.flatMap(([, words]) => [String(words.length), ...words]);
      expect(out.split('\0').slice(0, -1)).toEqual(expected);
    });
  });
