import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCredentials } from '../../src/kubernetes/credentials/credentials.js';
import { resources } from '../../src/kubernetes/resources.js';
import { createAuthority } from '../support/certificates.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';
import { pidIn, runs } from '../support/processes.js';
import { tempDir } from '../support/temp.js';
import { connectWith, createAccount, mountAccount, podEnvironment, tokenOf } from './support/connect.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { kubeconfigOf, writeKubeconfig } from './support/kubeconfig.js';

const { configMap, secret } = resources;
const first = { namespace: 'default', name: 'first' };

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  const verbs = ['get', 'list', 'watch', 'patch', 'create', 'delete'];
  await createAccount(plane, 'reader', [{ apiGroups: [''], resources: ['configmaps'], verbs }]);
  await plane.api('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'first' }, data: { a: '1' } });
});

/** Writes a kubeconfig for the control plane. */
const write = (user: object): Promise<string> => writeKubeconfig(plane.server, user, { ca: plane.authority.cert });

describe('a ServiceAccount in a pod', () => {
  it('may do what its Role says, and nothing else', async () => {
    const { directory } = await mountAccount(plane, await tokenOf(plane, 'reader'));
    const kube = connectWith({ serviceAccount: directory }, podEnvironment(plane));
    expect(await kube.get(configMap, first)).toMatchObject({ data: { a: '1' } });
    expect(await kube.namespace()).toBe('default');
    expect(kube.server).toBe(plane.server);
    await expect(kube.get(secret, first)).rejects.toMatchObject({
      code: 'KUBE_DENIED',
      retry: true,
      message: expect.stringContaining(
        'says: secrets "first" is forbidden: User "system:serviceaccount:default:reader" cannot get resource "secrets"',
      ) as unknown,
    });
    await expect(kube.list({ resource: configMap })).rejects.toMatchObject({ code: 'KUBE_DENIED' });
  });

  it('reads its token again at once when the API server refuses it', async () => {
    const mounted = await mountAccount(plane, 'expired');
    const kube = connectWith({ serviceAccount: mounted.directory }, podEnvironment(plane));
    await expect(kube.get(configMap, first)).rejects.toMatchObject({
      code: 'KUBE_LOGIN',
      message: `get configmaps default/first: the API server at ${plane.server} does not accept our credentials`,
    });
    await mounted.replaceToken(await tokenOf(plane, 'reader'));
    expect(await kube.get(configMap, first)).toMatchObject({ data: { a: '1' } });
  });

  it('reads its token again every minute, and keeps it while the file cannot be read', async () => {
    const mounted = await mountAccount(plane, 'one');
    let now = 0;
    const clock = { ...realClock, now: () => now };
    const options = { serviceAccount: mounted.directory };
    const credentials = createCredentials(options, { env: podEnvironment(plane), clock });
    const authorization = async (): Promise<unknown> => (await credentials.current()).headers.authorization;
    expect(await authorization()).toBe('Bearer one');
    await mounted.replaceToken('two');
    now = 59_000;
    expect(await authorization()).toBe('Bearer one');
    now = 61_000;
    expect(await authorization()).toBe('Bearer two');
    await chmod(dirname(join(mounted.directory, 'token')), 0o777);
    now = 122_000;
    expect(await authorization()).toBe('Bearer two');
    await chmod(mounted.directory, 0o700);
    await mounted.replaceToken('three');
    now = 183_000;
    expect(await authorization()).toBe('Bearer three');
  });

  it('is told when the pod has no token, and no kubeconfig is there either', async () => {
    const serviceAccount = await tempDir();
    const kube = connectWith({ serviceAccount }, podEnvironment(plane));
    await expect(kube.get(configMap, first)).rejects.toMatchObject({
      code: 'KUBE_CONFIG',
      message: expect.stringContaining(`this pod has no token in ${serviceAccount}/token`) as unknown,
    });
  });
});

describe('a kubeconfig', () => {
  it('logs in with a client certificate, from data or from files beside it', async () => {
    const { cert, key } = plane.authority.issue(['alice']);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const data = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    const inData = await write(data);
    await expect(connectWith({ kubeconfig: inData }).get(configMap, first)).rejects.toThrow('User "alice" cannot get');
    const inFiles = await write({ 'client-certificate': 'alice.crt', 'client-key': 'alice.key' });
    await writeFile(join(dirname(inFiles), 'alice.crt'), cert);
    await writeFile(join(dirname(inFiles), 'alice.key'), key, { mode: 0o600 });
    await expect(connectWith({ kubeconfig: inFiles }).get(configMap, first)).rejects.toThrow('User "alice" cannot get');
  });

  it('uses a new client certificate for new connections', async () => {
    const kubeconfig = await write({ 'client-certificate': 'tls.crt', 'client-key': 'tls.key' });
    const use = async (name: string, authority = plane.authority): Promise<void> => {
      const { cert, key } = authority.issue([name]);
      await writeFile(join(dirname(kubeconfig), 'tls.crt'), cert);
      await writeFile(join(dirname(kubeconfig), 'tls.key'), key, { mode: 0o600 });
    };
    await use('mallory', createAuthority('unknown'));
    const kube = connectWith({ kubeconfig });
    await expect(kube.get(configMap, first)).rejects.toMatchObject({ code: 'KUBE_LOGIN' });
    await use('bob');
    await expect(kube.get(configMap, first)).rejects.toThrow('User "bob" cannot get');
  });

  it('reads a token file, which the library does not know, and strips its line ending', async () => {
    const kubeconfig = await write({ tokenFile: 'token' });
    await writeFile(join(dirname(kubeconfig), 'token'), `${await tokenOf(plane, 'reader')}\n`, { mode: 0o600 });
    expect(await connectWith({ kubeconfig }).get(configMap, first)).toMatchObject({ data: { a: '1' } });
  });

  it('impersonates a user', async () => {
    const kubeconfig = await write({ token: 'admin-token', as: 'carol' });
    await expect(connectWith({ kubeconfig }).get(configMap, first)).rejects.toThrow('User "carol" cannot get');
  });

  it('is found in $KUBECONFIG, whose first file wins, and then in the home directory', async () => {
    const [own, other] = [await write({ token: 'admin-token' }), await write({ token: 'x' })];
    const both = connectWith({}, { KUBECONFIG: `${own}:${other}`, HOME: '/nonexistent' });
    expect(await both.get(configMap, first)).toBeDefined();
    const home = await tempDir();
    await mkdir(join(home, '.kube'));
    await writeFile(join(home, '.kube', 'config'), await readFile(own), { mode: 0o600 });
    expect(await connectWith({}, { HOME: home }).get(configMap, first)).toBeDefined();
  });

  it('stays with the context and the server of the first call', async () => {
    const kubeconfig = await write({ token: 'expired' });
    const kube = connectWith({ kubeconfig });
    await expect(kube.get(configMap, first)).rejects.toMatchObject({ code: 'KUBE_LOGIN' });
    await writeFile(kubeconfig, kubeconfigOf('https://127.0.0.1:1', { token: 'admin-token' }));
    await expect(kube.get(configMap, first)).rejects.toMatchObject({
      code: 'KUBE_CONFIG',
      message: `context "test" names the server https://127.0.0.1:1, and named ${plane.server} before`,
    });
    await writeFile(kubeconfig, kubeconfigOf(plane.server, { token: 'admin-token' }, { ca: plane.authority.cert }));
    expect(await kube.get(configMap, first)).toBeDefined();
  });

  it('reaches the API server through the proxy that it names, over connections that are kept', async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, near: Socket) => {
      asked.push(request.url ?? '');
      const far = connect(plane.port, '127.0.0.1', () => {
        near.write('HTTP/1.1 200 OK\r\n\r\n');
        near.pipe(far).pipe(near);
      });
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy());
    });
    const port = await new Promise<number>((resolve) => {
      proxy.listen(0, '127.0.0.1', () => {
        resolve((proxy.address() as AddressInfo).port);
      });
    });
    const cluster = { 'proxy-url': `http://127.0.0.1:${port}` };
    const kubeconfig = await writeKubeconfig(
      plane.server,
      { token: 'admin-token' },
      { ca: plane.authority.cert, cluster },
    );
    const kube = connectWith({ kubeconfig });
    expect(await kube.get(configMap, first)).toBeDefined();
    expect(await kube.get(configMap, first)).toBeDefined();
    expect(asked).toEqual([`127.0.0.1:${plane.port}`]);
    kube.close();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('is told from a wrong authority and a wrong name', async () => {
    const strangers = Buffer.from(createAuthority('stranger').cert).toString('base64');
    const cluster = { 'certificate-authority-data': strangers };
    const wrongCa = await writeKubeconfig(
      plane.server,
      { token: 'admin-token' },
      { ca: plane.authority.cert, cluster },
    );
    const otherName = { 'tls-server-name': 'other.example.com' };
    const wrongName = await writeKubeconfig(
      plane.server,
      { token: 'admin-token' },
      { ca: plane.authority.cert, cluster: otherName },
    );
    for (const kubeconfig of [wrongCa, wrongName])
      await expect(connectWith({ kubeconfig }).get(configMap, first)).rejects.toMatchObject({
        code: 'KUBE_TLS',
        retry: true,
      });
    const rightName = { 'tls-server-name': 'kubernetes.default.svc' };
    const right = await writeKubeconfig(
      plane.server,
      { token: 'admin-token' },
      { ca: plane.authority.cert, cluster: rightName },
    );
    expect(await connectWith({ kubeconfig: right }).get(configMap, first)).toBeDefined();
  });
});

describe('a credential program', () => {
  /** Writes a program that prints the file `answer`, and counts its runs. */
  async function withProgram(
    answer: string,
  ): Promise<{ kubeconfig: string; answerWith(answer: string): Promise<void>; runs(): Promise<number> }> {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './login',
      args: ['--for', 'test'],
      env: [{ name: 'EXTRA', value: 'given' }],
      provideClusterInfo: true,
      interactiveMode: 'IfAvailable',
    };
    const kubeconfig = await write({ exec });
    const at = (name: string): string => join(dirname(kubeconfig), name);
    const script = `#!/bin/sh\ncd ${dirname(kubeconfig)}\necho "$KUBERNETES_EXEC_INFO $EXTRA $* $ETCDCTL_PASSWORD" >>runs\ncat answer\n`;
    await writeFile(at('login'), script, { mode: 0o700 });
    const answerWith = (text: string): Promise<void> => writeFile(at('answer'), text);
    await answerWith(answer);
    return { kubeconfig, answerWith, runs: async () => (await readFile(at('runs'), 'utf8')).trim().split('\n').length };
  }
  const credential = (status: object): string =>
    JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });

  it('logs in with the token that it prints, and runs once', async () => {
    const program = await withProgram(credential({ token: 'admin-token' }));
    const kube = connectWith({ kubeconfig: program.kubeconfig }, { PATH: '/usr/bin:/bin', ETCDCTL_PASSWORD: 'hidden' });
    expect(await kube.get(configMap, first)).toBeDefined();
    expect(await kube.get(configMap, first)).toBeDefined();
    expect(await program.runs()).toBe(1);
    const told = await readFile(join(dirname(program.kubeconfig), 'runs'), 'utf8');
    expect(told).toContain(`"server":"${plane.server}"`);
    expect(told).toContain(' given --for test');
    expect(told).not.toContain('hidden');
  });

  it('logs in with the certificate that it prints', async () => {
    const { cert, key } = plane.authority.issue(['dave']);
    const program = await withProgram(credential({ clientCertificateData: cert, clientKeyData: key }));
    const kube = connectWith({ kubeconfig: program.kubeconfig }, { PATH: '/usr/bin:/bin' });
    await expect(kube.get(configMap, first)).rejects.toThrow('User "dave" cannot get');
  });

  it('runs again when its token is refused, and shortly before it expires', async () => {
    const program = await withProgram(credential({ token: 'expired' }));
    const kube = connectWith({ kubeconfig: program.kubeconfig }, { PATH: '/usr/bin:/bin' });
    await expect(kube.get(configMap, first)).rejects.toMatchObject({ code: 'KUBE_LOGIN' });
    const soon = new Date(Date.now() + 9000).toISOString();
    await program.answerWith(credential({ token: 'admin-token', expirationTimestamp: soon }));
    expect(await kube.get(configMap, first)).toBeDefined();
    const runs = await program.runs();
    await program.answerWith(
      credential({ token: 'admin-token', expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString() }),
    );
    await expect
      .poll(async () => (await kube.get(configMap, first), program.runs()), { timeout: 10_000 })
      .toBe(runs + 1);
  });

  it.each([
    ['no JSON', 'secret-token', 'printed no JSON'],
    ['another kind', JSON.stringify({ kind: 'Secret' }), 'printed no ExecCredential with a status'],
    ['neither a token nor a certificate', credential({}), 'printed neither a token nor a certificate'],
    [
      'a certificate without its key',
      credential({ clientCertificateData: 'x' }),
      'printed a certificate without its key',
    ],
    ['no time', credential({ token: 'x', expirationTimestamp: 'soon' }), 'that is no time'],
  ])('is refused when it prints %s, without its output in the message', async (_what, answer, why) => {
    const { kubeconfig } = await withProgram(answer);
    const failure = await connectWith({ kubeconfig }, { PATH: '/usr/bin:/bin' })
      .get(configMap, first)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'KUBE_CREDENTIALS', message: expect.stringContaining(why) as unknown });
    expect(String(failure)).not.toContain('secret-token');
  });

  it('is ended when it does not end, with all that it has started', async () => {
    const pidFile = join(await tempDir(), 'pid');
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', `sleep 60 & echo $! >${pidFile}; echo started >&2; sleep 60`],
    };
    const kube = connectWith({ kubeconfig: await write({ exec }), callTimeout: 500 }, { PATH: '/usr/bin:/bin' });
    await expect(kube.get(configMap, first)).rejects.toMatchObject({
      code: 'KUBE_CREDENTIALS',
      message: 'the credential program sh did not end within 500 ms: started',
    });
    await until(() => !runs(pidIn(pidFile) ?? 0), { what: 'the end of what it has started' });
  });
});
