import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { putFile } from '../../src/filesystem/put.js';
import { readExpected, writeExpected } from '../../src/inspect/template-tests/expected.js';
import { canaryOf } from '../support/canary.js';
import { main, rollcall } from '../support/command.js';
import { asStranger, describeWithStranger, makeGround, stranger, type Ground } from '../support/stranger.js';
import { memoryDir } from '../support/temp.js';

const modeOf = async (path: string): Promise<string> => ((await lstat(path)).mode & 0o7777).toString(8);

describe('a file that is written for the user', () => {
  it('is replaced as a whole and keeps its permissions, also behind a link of ours', async () => {
    const dir = await memoryDir();
    await writeFile(join(dir, 'file'), 'old', { mode: 0o600 });
    await symlink('file', join(dir, 'link'));
    await putFile(join(dir, 'link'), 'new', { existing: 'replace' });
    expect([await readFile(join(dir, 'file'), 'utf8'), await modeOf(join(dir, 'file'))]).toEqual(['new', '600']);
    expect((await readdir(dir)).sort()).toEqual(['file', 'link']);
    await putFile(join(dir, 'a', 'b', 'c'), 'made', { existing: 'replace', makeDirectories: true });
    expect(await readFile(join(dir, 'a', 'b', 'c'), 'utf8')).toBe('made');
  });

  it('is not written over an existing entry, a FIFO or a directory', async () => {
    const dir = await memoryDir();
    await writeFile(join(dir, 'file'), 'old');
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    await expect(putFile(join(dir, 'file'), 'new', { existing: 'refuse' })).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      cause: { code: 'EEXIST' },
    });
    const put = (name: string): Promise<void> => putFile(join(dir, name), 'new', { existing: 'replace' });
    await expect(put('pipe')).rejects.toThrow('it is no regular file');
    await expect(put('.')).rejects.toThrow('is a directory (EISDIR)');
    await expect(put('no/file')).rejects.toThrow(`there is no directory for ${dir}/no/file (ENOENT)`);
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old');
  });

  it('may be standard output, through a link of the kernel', () => {
    const command = '"$1" "$2" schema --output /dev/stdout | cat';
    const { stdout } = spawnSync('sh', ['-c', command, 'sh', process.execPath, main], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toHaveProperty('$schema');
  });
});

describeWithStranger('files for the user, beside another user', () => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await makeGround();
    await writeFile(join(ground.safe, 'victim'), 'secret', { mode: 0o600 });
    await asStranger(
      `cd ${ground.theirs}; ln -s ${ground.safe}/victim link; ln -s ${ground.safe} way; mkfifo pipe; ln -s ${ground.safe}/new dangling`,
    );
  });

  it('are not written through a link of the other user, and do not wait for a FIFO', async () => {
    const before = canaryOf(ground.safe);
    for (const name of ['link', 'way/victim', 'way/new', 'dangling', 'pipe']) {
      const output = join(ground.theirs, name);
      for (const args of [
        ['schema', '--output', output],
        ['init', '--output', output],
        ['init', '--force', '--output', output],
      ]) {
        const { code, stderr } = await rollcall(args);
        expect(code, `${args.join(' ')}: ${stderr}`).toBe(1);
        expect(stderr).toMatch(/is a link of user 65534|no regular file|there is a file already/);
        expect(stderr).not.toContain('    at ');
      }
      await expect(writeExpected(output, 'text')).rejects.toMatchObject({
        code: name === 'pipe' ? 'OUTPUT_UNWRITABLE' : 'PATH_UNTRUSTED',
      });
      await expect(readExpected(output, '/')).rejects.toMatchObject({ code: 'PATH_UNTRUSTED' });
    }
    expect(canaryOf(ground.safe)).toEqual(before);
  });

  it('do not take over permissions of a file of the other user', async () => {
    const path = join(ground.sticky, 'schema.json');
    await asStranger(`echo theirs > ${path}; chmod 4666 ${path}`);
    await putFile(path, 'ours', { existing: 'replace' });
    expect([await modeOf(path), (await lstat(path)).uid]).toEqual(['644', 0]);
    const made = join(ground.root, 'expected');
    await mkdir(made);
    await writeFile(join(made, 'out'), 'old');
    await chown(join(made, 'out'), 0, stranger);
    await chmod(join(made, 'out'), 0o640);
    await writeExpected(join(made, 'out'), 'new');
    expect([await modeOf(join(made, 'out')), (await lstat(join(made, 'out'))).gid]).toEqual(['640', stranger]);
  });
});
