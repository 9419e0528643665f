#!/usr/bin/env node
// Kubernetes on real servers: an etcd with registrations, a real API server with its controllers, and rollcall between them. A service
// registers, the ConfigMap follows, a Deployment rolls, and a real CoreDNS names the instances. Only the kubelet is missing: no container runs.
//   npm run quickstart:kubernetes
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { stringify } from 'yaml';
import { privateBase } from './private-base.mjs';
import { etcdArguments, startControlPlane } from './quickstart/control-plane.mjs';
import { startCoreDns } from './quickstart/core-dns.mjs';
import { runFakeKubelet } from './quickstart/fake-kubelet.mjs';
import { find, freePorts, start, stopAll, until } from './quickstart/processes.mjs';

// Set before anything is started: however this script ends, it leaves no process and no folder behind.
const interrupted = new Promise((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => reject(new Error(`interrupted by ${signal}`)));
});
const dir = mkdtempSync(join(privateBase(), 'rollcall-quickstart-'));
const main = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const kubelet = new AbortController();
let kubeletEnded = Promise.resolve();
const bold = (text) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const title = (text) => console.log(`\n${bold(text)}`);
const show = (text) => console.log(text.trimEnd().replace(/^/gm, '    '));
const ms = (from) => `${Math.round(performance.now() - from)} ms`;

async function run() {
  title('1. A real etcd with two registrations, and a real Kubernetes API server');
  const [etcdPort, peerPort] = await freePorts(2);
  const endpoint = `http://127.0.0.1:${etcdPort}`;
  const etcd = start('etcd', find('etcd'), etcdArguments(join(dir, 'etcd'), endpoint, `http://127.0.0.1:${peerPort}`));
  const register = async (id, address) => {
    const [key, value] = [`/services/web/${id}`, address].map((text) => Buffer.from(text).toString('base64'));
    const answer = await fetch(`${endpoint}/v3/kv/put`, { method: 'POST', body: JSON.stringify({ key, value }) });
    return answer.ok;
  };
  const registered = (id, address) => register(id, address).catch(() => false);
  await until('etcd answers', () => registered('1', '192.0.2.1:8001'), { alive: etcd });
  await register('2', '192.0.2.2:8001');
  const plane = await startControlPlane(join(dir, 'cluster'));
  kubeletEnded = runFakeKubelet(plane.api, kubelet.signal);
  const create = async (path, object) => {
    const { status, body } = await plane.api('POST', path, object);
    if (status !== 201) throw new Error(`POST ${path}: ${body.message}`);
    return body;
  };
  await create('/apis/apps/v1/namespaces/default/deployments', deployment);
  console.log(`    etcd ${endpoint}   API server ${plane.server}   Deployment nginx with 2 pods`);

  title('2. A config, and the least rights that it needs');
  const config = join(dir, 'rollcall.yaml');
  writeFileSync(config, configOf(endpoint));
  show(configOf(endpoint));
  const rbac = (...more) => execFileSync(process.execPath, [main, 'rbac', '-c', config, ...more], { encoding: 'utf8' });
  show(`$ rollcall rbac\n${rbac()}`);
  const group = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const paths = {
    ServiceAccount: '/api/v1/namespaces/default/serviceaccounts',
    Role: `${group}/roles`,
    RoleBinding: `${group}/rolebindings`,
  };
  for (const object of JSON.parse(rbac('-o', 'json')).items) await create(paths[object.kind], object);
  const account = `${paths.ServiceAccount}/rollcall/token`;
  const { status } = await create(account, { spec: { expirationSeconds: 3600 } });
  writeFileSync(join(dir, 'kubeconfig'), plane.kubeconfigOf(status.token), { mode: 0o600 });

  title('3. rollcall writes the registrations into a ConfigMap, and rolls the Deployment');
  let reloads = 0;
  const onLine = (line) => (reloads += line.includes('"reloadMs"') ? 1 : 0);
  const rollcall = start('rollcall', process.execPath, [main, 'run', '-c', config], { onLine });
  const get = async (path) => (await plane.api('GET', path)).body;
  const configMap = () => get('/api/v1/namespaces/default/configmaps/upstreams');
  const pods = async () =>
    (await get('/api/v1/namespaces/default/pods?labelSelector=app%3Dnginx')).items.filter(
      ({ metadata, status: now }) => metadata.deletionTimestamp === undefined && now.phase === 'Running',
    );
  const digestOf = ({ metadata }) => metadata.annotations?.['rollcall/digest'];
  /** Both pods are of the present pod template, and so of the present outputs. */
  const rolled = async (old) => {
    const all = await pods();
    return all.length === 2 && all.every((pod) => digestOf(pod) !== undefined && digestOf(pod) !== old);
  };
  const wait = { alive: rollcall, deadline: 60_000 };
  await until('the ConfigMap is there', async () => (await configMap()).data !== undefined, wait);
  await until('the Deployment has rolled', () => rolled(undefined), wait);
  await until('the rollout is confirmed', () => reloads > 0, wait);
  const before = await configMap();
  showObject(before);
  const first = await pods();
  showPods(first);

  title('4. A third instance registers');
  const from = performance.now();
  await register('3', '192.0.2.3:8001');
  const isNew = async () => digestOf(await configMap()) !== digestOf(before);
  await until('the ConfigMap follows', isNew, wait);
  console.log(`    the ConfigMap has it ${ms(from)} after the registration:`);
  show(difference(before.data['upstreams.conf'], (await configMap()).data['upstreams.conf']));
  await until('the Deployment rolls', () => rolled(digestOf(first[0])), wait);
  console.log(`    and the Deployment has rolled ${ms(from)} after it:`);
  showPods(await pods());

  title('5. The events on the ConfigMap');
  const events = async () =>
    (await get('/apis/events.k8s.io/v1/namespaces/default/events')).items.filter(
      ({ regarding }) => regarding.kind === 'ConfigMap',
    );
  await until('there is an event', async () => (await events()).length > 0, wait);
  for (const { type, reason, note } of await events()) console.log(`    ${type}  ${reason}  ${note}`);

  title('6. The same instances as a Service with EndpointSlices, and what a real CoreDNS answers');
  const slices =
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=rollcall%2Fowner%3Drollcall';
  showSlices((await get(slices)).items);
  const dns = await startCoreDns(join(dir, 'coredns'), plane.kubeconfigOf(plane.token));
  const name = 'web.default.svc.cluster.local';
  const known = async (count) => (await dns.addresses(name)).length === count;
  await until('CoreDNS knows the three instances', () => known(3), wait);
  show(`$ dig +short ${name}\n${(await dns.addresses(name)).join('\n')}`);
  const since = performance.now();
  await register('4', '192.0.2.4:8001');
  await until('CoreDNS knows the fourth instance', () => known(4), wait);
  console.log(`    A fourth instance registers. CoreDNS answers with it ${ms(since)} later:`);
  show(`$ dig +short ${name}\n${(await dns.addresses(name)).join('\n')}`);
  show(`$ dig +short SRV _main._tcp.${name}\n${(await dns.servers(`_main._tcp.${name}`)).join('\n')}`);
}

const labels = { app: 'nginx' };
const deployment = {
  metadata: { name: 'nginx' },
  spec: {
    ...{ replicas: 2, selector: { matchLabels: labels } },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: 'nginx', image: 'nginx', volumeMounts: [{ name: 'upstreams', mountPath: '/etc/nginx/conf.d' }] },
        ],
        volumes: [{ name: 'upstreams', configMap: { name: 'upstreams', optional: true } }],
      },
    },
  },
};

const configOf = (endpoint) => `etcd: { endpoints: [${endpoint}] }
stateDir: ./state
kubernetes: { kubeconfig: ./kubeconfig, namespace: default }
sources:
  - { name: services, prefix: /services/ }
targets:
  - name: nginx
    configMap:
      name: upstreams
      data: { upstreams.conf: { template: nginx-upstreams } }
    reload: { rollout: { kind: Deployment, name: nginx } }
    confirm: { rollout: { kind: Deployment, name: nginx }, timeout: 1m }
  - name: cluster-services
    endpointSlices: { headless: true }
`;

function showSlices(slices) {
  for (const { metadata, ports, endpoints } of slices)
    console.log(
      `    slice ${metadata.name}  port ${ports[0].port}  ${endpoints.map(({ addresses }) => addresses[0]).join(', ')}`,
    );
}

function showObject({ apiVersion, kind, metadata, data }) {
  const { name, namespace, labels: own, annotations } = metadata;
  show(stringify({ apiVersion, kind, metadata: { name, namespace, labels: own, annotations }, data }));
}

function showPods(pods) {
  for (const { metadata, status } of pods)
    console.log(
      `    pod ${metadata.name}  ${status.podIP}  digest ${metadata.annotations['rollcall/digest'].slice(0, 12)}`,
    );
}

/** Lines that went and lines that came. */
function difference(before, after) {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const went = old.filter((line) => !fresh.includes(line)).map((line) => `- ${line}`);
  const came = fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return [...went, ...came].join('\n');
}

let failure;
try {
  await Promise.race([run(), interrupted]);
} catch (error) {
  failure = error;
} finally {
  kubelet.abort();
  await kubeletEnded.catch(() => undefined);
  await stopAll();
  rmSync(dir, { recursive: true, force: true });
}
if (failure) {
  console.error(`\nquickstart failed: ${failure.message}`);
  process.exit(1);
}
console.log('\nEverything is stopped and removed. Next: docs/howto/kubernetes.md and\ndocs/howto/endpoint-slices.md.');
process.exit(0);
