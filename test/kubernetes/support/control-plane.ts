import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { kubeAssets } from '../../../scripts/setup/kube.mjs';
import { createAuthority, type Authority } from '../../support/certificates.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { memoryDir } from '../../support/temp.js';
import { askApi, type ApiAnswer } from './ask-api.js';
import { kubeconfigOf } from './kubeconfig.js';

export interface ControlPlaneOptions {
  /** Also run kube-controller-manager, which rolls Deployments out and makes default ServiceAccounts. Default false. */
  readonly controllers?: boolean;
  /** Further arguments of kube-apiserver. */
  readonly args?: readonly string[];
}

export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  readonly port: number;
  /** Signs the certificates of the server and of clients. */
  readonly authority: Authority;
  /** A kubeconfig of a user who may do everything. */
  readonly kubeconfig: string;
  readonly dir: string;
  readonly etcd: EtcdServer;
  /** Makes one request as that user, without the client under test. */
  api(method: string, path: string, body?: object, contentType?: string): Promise<ApiAnswer>;
  /** Ends the API server with SIGKILL and waits for its end. */
  kill(): Promise<void>;
  /** Starts the API server again: same address, same contents. Resolves when it is ready. */
  start(): Promise<void>;
  /** Sends SIGSTOP to the API server: its connections stay open, but it does not answer. */
  pause(): Promise<void>;
  resume(): void;
  /** The lines of the audit log so far, parsed. */
  audit(): Promise<Record<string, unknown>[]>;
}

const running = new Set<ChildProcess>();
const adminToken = 'admin-token';

/** Starts a real API server with RBAC and a store of its own on loopback. Resolves when it is ready. Ends it after the test file. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const assets = kubeAssets();
  if (!existsSync(join(assets, 'kube-apiserver')))
    throw new Error(`there is no kube-apiserver in ${assets}: run node scripts/build-kube.mjs`);
  const [dir, port] = [await memoryDir('rollcall-kube-'), await freePort()];
  const etcd = await startEtcd({ binary: join(assets, 'etcd') });
  const authority = createAuthority('kube');
  const server = `https://127.0.0.1:${port}`;
  const admin = { server, ca: authority.cert, token: adminToken };
  const at = (name: string): string => join(dir, name);
  await writeFiles(dir, authority, server);
  const args = [
    ...[`--etcd-servers=${etcd.endpoint}`, '--bind-address=127.0.0.1', `--secure-port=${port}`],
    // A loopback address cannot be written into the EndpointSlice of the API server itself.
    ...['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/16'],
    ...[`--tls-cert-file=${at('server.crt')}`, `--tls-private-key-file=${at('server.key')}`],
    ...[`--client-ca-file=${at('ca.crt')}`, `--token-auth-file=${at('tokens.csv')}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${at('sa.pub')}`],
    ...[`--service-account-signing-key-file=${at('sa.key')}`, '--authorization-mode=RBAC', '--profiling=false'],
    ...[
      '--enable-priority-and-fairness=false',
      '--disable-admission-plugins=StorageObjectInUseProtection,DefaultStorageClass',
    ],
    ...[`--audit-policy-file=${at('audit-policy.yaml')}`, `--audit-log-path=${at('audit.log')}`],
    ...(options.args ?? []),
  ];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = await launch(join(assets, 'kube-apiserver'), args, at('kube-apiserver.log'));
    const started = child;
    await until(
      async () => {
        if (started.exitCode !== null) return true;
        return (await askApi(admin, 'GET', '/readyz')).status === 200;
      },
      { deadline: 60_000, every: 50, what: `the readiness of the API server at ${server}` },
    );
    if (started.exitCode !== null)
      throw new Error(`kube-apiserver ended: ${(await readFile(at('kube-apiserver.log'), 'utf8')).slice(-2000)}`);
  };
  await start();
  if (options.controllers === true) {
    const cmArgs = [
      ...[`--kubeconfig=${at('admin.kubeconfig')}`, '--authentication-skip-lookup=true', '--leader-elect=false'],
      ...['--bind-address=127.0.0.1', `--secure-port=${await freePort()}`, '--profiling=false'],
      ...[`--service-account-private-key-file=${at('sa.key')}`, `--root-ca-file=${at('ca.crt')}`],
    ];
    await launch(join(assets, 'kube-controller-manager'), cmArgs, at('kube-controller-manager.log'));
    const path = '/api/v1/namespaces/default/serviceaccounts/default';
    await until(async () => (await askApi(admin, 'GET', path)).status === 200, { deadline: 60_000, every: 50 });
  }

  return {
    server,
    port,
    authority,
    kubeconfig: at('admin.kubeconfig'),
    dir,
    etcd,
    api: (method, path, body, contentType) => askApi(admin, method, path, body, contentType),
    async kill() {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await exit;
    },
    start,
    async pause() {
      child?.kill('SIGSTOP');
      await until(() => isStopped(child?.pid ?? -1), { what: 'the stop of the API server' });
    },
    resume: () => void child?.kill('SIGCONT'),
    async audit() {
      const text = await readFile(at('audit.log'), 'utf8');
      // The last line may not be whole yet.
      return text
        .slice(0, text.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

async function writeFiles(dir: string, authority: Authority, server: string): Promise<void> {
  const certificate = authority.issue(['127.0.0.1', 'localhost', 'kubernetes.default.svc']);
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'ca.crt': authority.cert,
    'server.crt': certificate.cert,
    'server.key': certificate.key,
    'sa.key': accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'sa.pub': accounts.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'tokens.csv': `${adminToken},admin,1,"system:masters"\n${randomBytes(8).toString('hex')},nobody,2\n`,
    'admin.kubeconfig': kubeconfigOf(server, { token: adminToken }, { ca: authority.cert }),
    'audit-policy.yaml': JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata' }],
    }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 });
}

async function launch(program: string, args: readonly string[], log: string): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', 'log=$1; shift; exec "$@" >>"$log" 2>&1', 'sh', log, program, ...args], {
    stdio: 'ignore',
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await once(child, 'spawn');
  return child;
}

/** proc(5): the state follows the program's name, which is in parentheses. */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/stat`, 'utf8')));
  return stats.every((stat) => stat.includes(') T '));
}

function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

process.once('exit', endAll);
afterAll(async () => {
  const ends = [...running].map((child) => once(child, 'exit'));
  endAll();
  await Promise.all(ends);
});
