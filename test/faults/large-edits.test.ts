import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment } from '../support/command.js';

const script = join(import.meta.dirname, '..', '..', 'bench', 'run.mjs');

describeWith('etcd', 'a template that is edited repeatedly, with 50,000 instances', () => {
  it('lists nothing, and runs no check and no reload of the other target', async () => {
    const args = [script, '--edits', '--instances', '50000', '--updates', '60', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment() });
    const result = JSON.parse(stdout) as Record<string, unknown>;
    console.log(stdout.trim());
    expect(result.edits).toBeGreaterThan(1);
    expect(result).toMatchObject({ ranges: 0, quietRanges: 0, checksAndReloads: 4 * 60 });
  });
});
