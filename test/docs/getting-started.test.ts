import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment, main } from '../support/command.js';
import { startEtcd } from '../support/etcd.js';
import { tempDir } from '../support/temp.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/getting-started.md'), 'utf8');
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}));

describeWith('etcd', 'docs/getting-started.md', () => {
  describeWith('etcdctl', 'step by step', () => {
    describeWith('nginx', 'as it stands', () => {
      it('ends in the file that it shows', async () => {
        const etcd = await startEtcd();
        const dir = await tempDir('rollcall-start-');
        // What the first block installs.
        await writeFile(join(dir, 'rollcall'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
        await chmod(join(dir, 'rollcall'), 0o755);
        const env = environment({ ETCDCTL_ENDPOINTS: etcd.endpoint, ETCDCTL_API: '3' });
        env.PATH = `${dir}:${env.PATH ?? ''}`;
        const [install, ...steps] = blocks.filter(({ language }) => language === 'sh');
        expect(install?.text).toMatch(/^npm ci/);
        const shown = (language: string) => blocks.find((block) => block.language === language)?.text;
        const tables = blocks.filter(({ language }) => language === 'text').map(({ text }) => text);
        const said: string[] = [];
        let cwd = dir;
        for (const { text } of steps) {
          const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', text], { cwd, env });
          said.push(stdout);
          if (text.includes('cd first-rollcall')) cwd = join(dir, 'first-rollcall');
        }
        const [, started, , looked, ran, made, changed] = said;
        expect(started).toContain('wrote rollcall.yaml');
        expect(looked).toContain(tables[0]);
        expect(ran).toBe(tables[1]);
        expect(made).toBe(shown('nginx'));
        expect(changed).toContain('-    server 10.0.0.5:8080;\n');
        const last = await readFile(join(cwd, 'upstreams.conf'), 'utf8');
        expect(last).toBe(shown('nginx')?.replace('    server 10.0.0.5:8080;\n', ''));
        await etcd.stop();
      });
    });
  });
});
