// A real Kubernetes API server with its controllers and a store of its own, on loopback, for scripts.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { kubeAssets } from '../setup/kube.mjs';
import { freePorts, start, until } from './processes.mjs';

/** The arguments of a single etcd, without its program. */
export function etcdArguments(dir, endpoint, peer) {
  return [
    ...['--data-dir', dir, '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ...['--log-level', 'error'],
  ];
}

/**
 * Starts it below `dir` and waits until it is ready. `stopAll` ends its processes.
 *
 * @returns `server`; `ca`, the path of its certificates; `api(method, path, body, contentType)`, one request of a user who may do everything; `kubeconfigOf(token)`
 */
export async function startControlPlane(dir) {
  const assets = kubeAssets();
  if (!existsSync(join(assets, 'kube-apiserver'))) throw new Error(`there is no kube-apiserver in ${assets}`);
  mkdirSync(dir, { recursive: true });
  const at = (name) => join(dir, name);
  const [etcdPort, peerPort, port, managerPort] = await freePorts(4);
  const endpoint = `http://127.0.0.1:${etcdPort}`;
  const server = `https://127.0.0.1:${port}`;
  const token = randomBytes(16).toString('hex');
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const write = (name, text) => writeFileSync(at(name), text, { mode: 0o600 });
  write('sa.key', accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  write('sa.pub', accounts.publicKey.export({ type: 'spki', format: 'pem' }));
  write('tokens.csv', `${token},admin,1,"system:masters"\n`);

  const etcd = start(
    "the cluster's etcd",
    join(assets, 'etcd'),
    etcdArguments(at('etcd'), endpoint, `http://127.0.0.1:${peerPort}`),
  );
  const apiserver = start('kube-apiserver', join(assets, 'kube-apiserver'), [
    ...[`--etcd-servers=${endpoint}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${at('certs')}`],
    ...['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/16'],
    ...[`--token-auth-file=${at('tokens.csv')}`, '--authorization-mode=RBAC', '--profiling=false'],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${at('sa.pub')}`],
    ...[`--service-account-signing-key-file=${at('sa.key')}`, '--enable-priority-and-fairness=false'],
    '--disable-admission-plugins=StorageObjectInUseProtection,DefaultStorageClass',
  ]);
  const certificates = join(dir, 'certs', 'apiserver.crt');
  await until('kube-apiserver has its certificate', () => existsSync(certificates), { alive: etcd, deadline: 60_000 });
  const ca = at('ca.crt');
  const agent = new Agent({ keepAlive: true });

  function api(method, path, body, contentType = 'application/json') {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': contentType }) };
      const options = { method, headers, ca: readFileSync(certificates), agent, timeout: 10_000 };
      const asked = request(`${server}${path}`, options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        answer.on('error', reject).on('end', () => {
          const isJson = answer.headers['content-type']?.startsWith('application/json');
          resolve({ status: answer.statusCode, body: isJson ? JSON.parse(text) : text });
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
  const isReady = () =>
    api('GET', '/readyz').then(
      ({ status }) => status === 200,
      () => false,
    );
  await until('kube-apiserver is ready', isReady, { alive: apiserver, deadline: 60_000 });
  writeFileSync(ca, readFileSync(certificates));

  const kubeconfigOf = (user) =>
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'main' },
      clusters: [{ name: 'main', cluster: { server, 'certificate-authority': ca } }],
      users: [{ name: 'main', user: { token: user } }],
      contexts: [{ name: 'main', context: { cluster: 'main', user: 'main', namespace: 'default' } }],
    });
  write('admin.kubeconfig', kubeconfigOf(token));
  const manager = start('kube-controller-manager', join(assets, 'kube-controller-manager'), [
    ...[`--kubeconfig=${at('admin.kubeconfig')}`, '--authentication-skip-lookup=true', '--leader-elect=false'],
    ...['--bind-address=127.0.0.1', `--secure-port=${managerPort}`, `--cert-dir=${at('manager')}`, '--profiling=false'],
    ...[`--service-account-private-key-file=${at('sa.key')}`, `--root-ca-file=${ca}`],
  ]);
  const hasAccount = () =>
    api('GET', '/api/v1/namespaces/default/serviceaccounts/default').then(({ status }) => status === 200);
  await until('kube-controller-manager works', hasAccount, { alive: manager, deadline: 60_000 });
  return { server, ca, api, kubeconfigOf, pids: { apiserver: apiserver.pid, etcd: etcd.pid } };
}
