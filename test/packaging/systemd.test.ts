import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/binaries.js';
import { tempDir } from '../support/temp.js';

const packaging = join(import.meta.dirname, '..', '..', 'packaging');
const unit = join(packaging, 'systemd', 'rollcall.service');

describe('the unit', () => {
  const analyze = (...args: string[]) => promisify(execFile)(needs('systemd-analyze'), args);
  needs('systemd-analyze');

  it('is one that systemd understands, without a warning', async () => {
    const text = await readFile(unit, 'utf8');
    const copy = join(await tempDir(), 'rollcall.service');
    // The program is not installed here.
    await writeFile(copy, text.replace('ExecStart=rollcall', `ExecStart=${process.execPath}`));
    const { stderr } = await analyze('verify', '--man=no', copy);
    expect(stderr.split('\n').filter((line) => line.includes('rollcall.service'))).toEqual([]);
  });

  it('is exposed by less than 3.0, and the page says by how much', async () => {
    const { stdout } = await analyze('security', '--offline=yes', '--no-pager', '--threshold=30', unit);
    const [, exposure] = /Overall exposure level for rollcall\.service: (\S+)/.exec(stdout) ?? [];
    expect(Number(exposure)).toBeLessThan(3);
    const page = await readFile(join(packaging, '..', 'docs', 'howto', 'systemd.md'), 'utf8');
    expect(page).toContain(`gives it ${exposure} of 10`);
  });
});

describe('the polkit rule', () => {
  interface Asked {
    readonly action: string;
    readonly unit: string;
    readonly verb: string;
    readonly user: string;
  }
  const reload: Asked = {
    ...{ action: 'org.freedesktop.systemd1.manage-units', unit: 'nginx.service', verb: 'reload', user: 'rollcall' },
  };
  async function decide({ action, unit: name, verb, user }: Asked): Promise<unknown> {
    const rules: ((action: object, subject: object) => unknown)[] = [];
    const polkit = { addRule: (rule: (typeof rules)[number]) => rules.push(rule), Result: { YES: 'yes' } };
    runInNewContext(await readFile(join(packaging, 'polkit', '50-rollcall.rules'), 'utf8'), { polkit });
    const lookup = (key: string): string | undefined => ({ unit: name, verb })[key];
    return rules.map((rule) => rule({ id: action, lookup }, { user })).find((result) => result !== undefined);
  }

  it('lets the user of rollcall reload nginx', async () => {
    expect(await decide(reload)).toBe('yes');
  });

  it.each<[string, Partial<Asked>]>([
    ['another user', { user: 'www-data' }],
    ['another verb', { verb: 'stop' }],
    ['another unit', { unit: 'ssh.service' }],
    ['another action', { action: 'org.freedesktop.systemd1.manage-unit-files' }],
  ])('does not decide about %s', async (_what, other) => {
    expect(await decide({ ...reload, ...other })).toBeUndefined();
  });
});
