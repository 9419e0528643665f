import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConnection } from '../../src/agent/connection.js';
import { tempDir } from '../support/temp.js';

const one = 'http://192.0.2.1:2379';
const other = 'http://192.0.2.2:2379';
const env = { ETCDCTL_ENDPOINTS: one, ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: 'word' };

/** A directory with a config of this text, and the path of the config. */
async function placeOf(text: string, name = 'rollcall.yaml'): Promise<{ cwd: string; file: string }> {
  const cwd = await tempDir();
  const file = join(cwd, name);
  await writeFile(file, text);
  return { cwd, file };
}

describe('how register reaches etcd', () => {
  it('needs no config: ETCDCTL_* variables or the default endpoint are enough', async () => {
    const cwd = await tempDir();
    expect(await findConnection({}, env, cwd)).toMatchObject({
      endpoints: [one],
      auth: { username: 'root', password: 'word', from: 'ETCDCTL_USER' },
    });
    expect(await findConnection({}, {}, cwd)).toMatchObject({ endpoints: ['http://127.0.0.1:2379'] });
  });

  it('prefers the endpoints of the flag, and takes the login from the environment', async () => {
    const found = await findConnection({ endpoints: [other, 'etcd.example.com'] }, env, await tempDir());
    expect(found).toMatchObject({ endpoints: [other, 'etcd.example.com'], auth: { username: 'root' } });
  });

  it('takes the `etcd` block of an existing config, even if the rest of the config is wrong', async () => {
    const { cwd } = await placeOf(`etcd:\n  endpoints: ['${other}']\n  callTimeout: 1s\ntargets: wrong\n`);
    expect(await findConnection({}, {}, cwd)).toMatchObject({ endpoints: [other], callTimeout: 1000 });
    const alone = await placeOf('{}');
    expect(await findConnection({}, env, alone.cwd)).toMatchObject({ endpoints: [one] });
  });

  it('resolves relative paths of the block from the directory of the config', async () => {
    const { cwd, file } = await placeOf(`etcd: { auth: { username: u, passwordFile: word } }`, 'other.yaml');
    const found = await findConnection({ config: file }, {}, '/');
    expect(found.auth).toEqual({ username: 'u', passwordFile: join(cwd, 'word') });
  });

  it('with --endpoints, takes the rest from a named config only', async () => {
    const block = `etcd: { endpoints: ['${one}'], auth: { username: u, password: word } }`;
    const { cwd, file } = await placeOf(block);
    expect((await findConnection({ endpoints: [other] }, {}, cwd)).auth).toBeUndefined();
    for (const [flags, variables] of [
      [{ endpoints: [other], config: file }, {}],
      [{ endpoints: [other] }, { ROLLCALL_CONFIG: file }],
    ] as const)
      expect(await findConnection(flags, variables, '/')).toMatchObject({
        endpoints: [other],
        auth: { username: 'u' },
      });
  });

  it.each([
    ['etcd: { endpoint: x }', 'Did you mean `endpoints`?'],
    ['etcd: { endpoints: [] }', 'rollcall.yaml:1:20: etcd.endpoints: must not be empty'],
    ['etcd: [', 'rollcall.yaml:'],
    ['- 1', 'expected a map, got a list'],
  ])('says what is wrong with the block, and where: %s', async (text, words) => {
    const { cwd } = await placeOf(text);
    const failed = expect(findConnection({}, {}, cwd)).rejects;
    await failed.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('rollcall.yaml:') as string,
    });
    await expect(
      findConnection({}, {}, cwd).catch((error: unknown) => String(error) + hintOf(error)),
    ).resolves.toContain(words);
  });

  it('rejects a named config that does not exist', async () => {
    await expect(findConnection({ config: 'none.yaml' }, {}, await tempDir())).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
    });
  });

  it.each([
    ['ftp://x', 'is not known: write http'],
    ['root:word@host', 'put the user and the password into `auth`'],
    ['http://h:0', 'its port'],
  ])('says what is wrong with --endpoints %s, without a password', async (text, words) => {
    const failure: unknown = await findConnection({ endpoints: [text] }, {}, '/').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) as string });
    expect(String(failure)).toContain('--endpoints');
    expect(String(failure)).not.toContain('word@');
  });

  it('refuses an unencrypted endpoint when the config has `etcd.tls`', async () => {
    const { file } = await placeOf('etcd: { endpoints: [https://h], tls: { ca: /ca.pem } }');
    await expect(findConnection({ endpoints: [one], config: file }, {}, '/')).rejects.toThrow('it is not encrypted');
  });
});

function hintOf(error: unknown): string {
  return (error as { hint?: string }).hint ?? '';
}
