import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resources } from '../../src/kubernetes/resources.js';
import { tempDir } from '../support/temp.js';
import { connectWith } from './support/connect.js';
import { answer, configMapNamed, startFakeApi } from './support/fake-api.js';
import { kubeconfigOf, writeKubeconfig } from './support/kubeconfig.js';

const web = { namespace: 'default', name: 'web' };
const get = (kubeconfig: string, context?: string): Promise<unknown> =>
  connectWith({ kubeconfig, ...(context !== undefined && { context }) }).get(resources.configMap, web);

async function written(text: string): Promise<string> {
  const path = join(await tempDir(), 'config');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

describe('a wrong kubeconfig', () => {
  const good = JSON.parse(kubeconfigOf('https://127.0.0.1:1', {})) as Record<string, unknown>;
  it.each([
    ['no YAML', '{ token: secret-token', 'is no kubeconfig'],
    ['a list', '- a', 'it is no map of YAML'],
    [
      'a cluster without a server',
      JSON.stringify({ ...good, clusters: [{ name: 'test', cluster: {} }] }),
      'clusters[0].cluster.server is missing',
    ],
    [
      'no current context',
      JSON.stringify({ ...good, 'current-context': '' }),
      'there is no `current-context`, and no context is named',
    ],
    ['an unknown context', JSON.stringify({ ...good, 'current-context': 'other' }), 'there is no context "other"'],
    ['an unknown cluster', JSON.stringify({ ...good, clusters: [] }), 'names the cluster "test", which is missing'],
    ['another protocol', kubeconfigOf('ftp://127.0.0.1', {}), 'is no http or https address'],
    [
      'a provider that kubectl has removed',
      kubeconfigOf('https://127.0.0.1:1', { 'auth-provider': { name: 'gcp' } }),
      'the auth-provider "gcp" is not supported',
    ],
    [
      'a program of an unknown version',
      kubeconfigOf('https://127.0.0.1:1', { exec: { command: 'x', apiVersion: 'v9' } }),
      '`exec.apiVersion` is neither',
    ],
    [
      'a program without a command',
      kubeconfigOf('https://127.0.0.1:1', { exec: { apiVersion: 'client.authentication.k8s.io/v1' } }),
      '`exec` names no `command`',
    ],
    [
      'a program that needs a terminal',
      kubeconfigOf('https://127.0.0.1:1', {
        exec: { command: 'x', apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Always' },
      }),
      'rollcall has no terminal',
    ],
  ])('with %s names its file and the reason, and no secret', async (_what, text, why) => {
    const path = await written(text);
    const failure: unknown = await get(path).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'KUBE_CONFIG',
      retry: false,
      message: expect.stringContaining(why) as unknown,
    });
    expect(String(failure)).toContain(path);
    expect(String(failure)).not.toContain('secret-token');
  });

  it('that does not exist, or that others may change, is not used', async () => {
    await expect(get('/nonexistent/config')).rejects.toMatchObject({
      code: 'KUBE_CONFIG',
      message: 'cannot read the kubeconfig from /nonexistent/config: it does not exist (ENOENT)',
    });
    const path = await writeKubeconfig('https://127.0.0.1:1', {});
    await chmod(path, 0o666);
    await expect(get(path)).rejects.toMatchObject({
      code: 'KUBE_CONFIG',
      message: expect.stringContaining('decides what rollcall does') as unknown,
    });
  });

  it('that names a file that is not there, or that is no PEM, says which', async () => {
    const absent = await writeKubeconfig('https://127.0.0.1:1', { tokenFile: '/nonexistent/token' });
    await expect(get(absent)).rejects.toMatchObject({
      code: 'KUBE_CREDENTIALS',
      retry: true,
      message: 'cannot read the token from /nonexistent/token: it does not exist (ENOENT)',
    });
    const garbage = {
      'client-certificate-data': Buffer.from('x').toString('base64'),
      'client-key-data': Buffer.from('y').toString('base64'),
    };
    await expect(get(await writeKubeconfig('https://127.0.0.1:1', garbage))).rejects.toMatchObject({
      code: 'KUBE_CREDENTIALS',
      message: expect.stringContaining('the certificates of context "test" cannot be used') as unknown,
    });
  });
});

it('takes the named context, and merges files as kubectl does', async () => {
  const api = await startFakeApi((_n, response) => {
    answer(response, 200, configMapNamed('web'));
  });
  const directory = await tempDir();
  await mkdir(join(directory, 'more'));
  const cluster = { server: api.server, 'insecure-skip-tls-verify': true };
  const files = {
    a: { contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }], 'current-context': 'absent' },
    'more/b': {
      'current-context': 'one',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'one', context: { cluster: 'wrong', user: 'wrong' } }],
    },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), JSON.stringify(content));
  await writeFile(join(directory, 'more', 'token'), 'beside\n', { mode: 0o600 });
  const env = { KUBECONFIG: `${join(directory, 'a')}:${join(directory, 'more', 'b')}` };
  await expect(connectWith({}, env).get(resources.configMap, web)).rejects.toThrow('there is no context "absent"');
  const kube = connectWith({ context: 'one' }, env);
  expect(await kube.get(resources.configMap, web)).toBeDefined();
  expect(api.heard[0]?.headers.authorization).toBe('Bearer beside');
});
