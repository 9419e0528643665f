import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { environment, main } from '../support/command.js';
import { describeWithDisk, mountDisk, type Disk } from '../support/disk.js';
import { tempDir } from '../support/temp.js';

/** Runs a command with its standard output in this file. */
function runInto(path: string, args: readonly string[], cwd: string) {
  const out = openSync(path, 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
      ...{ cwd, env: environment(), encoding: 'utf8' },
      stdio: ['ignore', out, 'pipe'],
    });
    return { status, stderr };
  } finally {
    closeSync(out);
  }
}

const message = /^rollcall: standard output cannot be written: ENOSPC[^\n]*\n {2}[^\n]*\(STDOUT_UNWRITABLE\)\n$/;

describe('a command that cannot print', () => {
  it.each([
    ['--help', 1],
    ['--version', 1],
    ['schema', 1],
    ['init --output -', 1],
    ['validate --offline -c rollcall.yaml', 1],
    ['render json --from fixture.yaml', 2],
    ['test template.test.yaml', 2],
  ])('says so in one message and ends with the code of its failure: %s', async (words, code) => {
    const dir = await tempDir('rollcall-stdout-');
    writeFileSync(join(dir, 'fixture.yaml'), 'services: { web: [192.0.2.1:80] }\n');
    writeFileSync(join(dir, 'template.test.yaml'), 'template: json\nfrom: fixture.yaml\nexpect: fixture.yaml\n');
    const init = spawnSync(process.execPath, [main, 'init', 'nginx'], { cwd: dir, env: environment() });
    expect(init.status).toBe(0);
    const { status, stderr } = runInto('/dev/full', words.split(' '), dir);
    expect(stderr).toMatch(message);
    expect(status).toBe(code);
  });

  it('ends quietly when the reader of a pipe has gone', async () => {
    const dir = await tempDir('rollcall-stdout-');
    const command = `'${process.execPath}' '${main}' schema | true; echo "exit \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: dir, env: environment(), encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['exit 0\n', '']);
  });

  describeWithDisk('on a disk that fills up', () => {
    let disk: Disk;
    afterEach(() => {
      disk.unmount();
    });

    it('does not take a part of the text for the whole', async () => {
      const dir = await tempDir('rollcall-stdout-');
      disk = mountDisk(join(dir, 'disk'));
      const services = Array.from({ length: 400 }, (_, n) => `192.0.2.1:${n + 1}`).join(', ');
      writeFileSync(join(dir, 'fixture.yaml'), `services: { web: [${services}] }\n`);
      const { status, stderr } = runInto(join(dir, 'disk', 'out'), ['render', 'json', '--from', 'fixture.yaml'], dir);
      expect(stderr).toMatch(message);
      expect(status).toBe(2);
      expect(readFileSync(join(dir, 'disk', 'out'), 'utf8').length).toBeGreaterThan(4096);
    });
  });
});
