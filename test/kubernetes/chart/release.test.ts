import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { KubeObject } from '../../../src/kubernetes/resource.js';
import { makeNamespace } from '../../contract/objects-world.js';
import { askAdmin } from '../../support/admin.js';
import { putKey } from '../../support/keys.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { tempDir } from '../../support/temp.js';
import { startControlPlane, type ControlPlane } from '../support/control-plane.js';
import { startFakeKubelet } from '../support/fake-kubelet.js';
import { chart, runTool, type Manifest, type ToolEnd } from '../support/helm.js';
import { createPod, describeWithPods, rollcallImage, type Pod, type PodSpec } from '../support/pod.js';

const image = 'registry.example.com/rollcall:0.1.0';
let plane: ControlPlane;
let namespace: string;
let port: number;
let values: string;
let uid: string | undefined;
const pods: Pod[] = [];

const helm = (...args: string[]): Promise<ToolEnd> =>
  runTool('helm', [...args, '--namespace', namespace], { kubeconfig: plane.kubeconfig });

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await helm(...args);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function get<T>(path: string): Promise<T | undefined> {
  const { status, body } = await plane.api('GET', path);
  return status === 200 ? (body as T) : undefined;
}
const upstreams = (): Promise<KubeObject | undefined> => get(`/api/v1/namespaces/${namespace}/configmaps/upstreams`);
const shows = (text: string): Promise<KubeObject> =>
  until(
    async () => {
      const found = await upstreams();
      return (found?.data as Record<string, string> | undefined)?.['list.txt'] === text ? found : undefined;
    },
    { what: `the ConfigMap with ${JSON.stringify(text)}`, deadline: 30_000 },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${logs()}`, { cause: error });
  });

const containers: { stderr(): string }[] = [];
const logs = (): string => containers.map((each) => each.stderr().slice(-4000)).join('\n---\n');

/** Runs what the Deployment says now, as one of its pods. */
async function startPod(): Promise<Pod> {
  const deployment = await get<{ spec: { template: { spec: PodSpec } } }>(
    `/apis/apps/v1/namespaces/${namespace}/deployments/y-rollcall`,
  );
  if (!deployment) throw new Error('there is no Deployment');
  const pod = await createPod(plane, deployment.spec.template.spec, { namespace, images: { [image]: rollcallImage } });
  containers.push(await pod.start('rollcall'));
  pods.push(pod);
  return pod;
}

const ask = (pod: Pod, path: string) =>
  askAdmin({ socketPath: join(pod.volume('state'), 'state', 'admin.sock'), path, timeout: 500 }).catch(() => undefined);

async function endPods(): Promise<void> {
  for (const pod of pods.splice(0)) expect(await pod.end()).toMatchObject([{ code: 0 }]);
}

beforeAll(async () => {
  plane = await startControlPlane({ controllers: true });
  startFakeKubelet(plane);
  [namespace, port] = [await makeNamespace(plane), await freePort()];
  await putKey(plane.etcd, '/services/web/1', '192.0.2.1:8001');
  values = join(await tempDir('rollcall-values-'), 'values.yaml');
  await writeFile(
    values,
    stringify({
      image: { repository: 'registry.example.com/rollcall' },
      adminPort: port,
      config: {
        etcd: { endpoints: [plane.etcd.endpoint] },
        sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
        targets: [
          {
            name: 'list',
            guard: 'off',
            configMap: { name: 'upstreams', data: { 'list.txt': { template: './list.hbs', dialect: 'none' } } },
          },
        ],
      },
      templates: { 'list.hbs': '{{#each services}}{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}' },
    }),
  );
}, 120_000);

/** The chart as an earlier version. */
async function earlierChart(): Promise<string> {
  const dir = await tempDir('rollcall-chart-');
  await cp(chart, dir, { recursive: true });
  const about = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8')) as object;
  await writeFile(join(dir, 'Chart.yaml'), stringify({ ...about, version: '0.0.9' }));
  return dir;
}

// One release, in the order of its life.
describeWithPods('a release', () => {
  it('is installed, and its pods become ready', async () => {
    const said = await succeed('install', 'y', await earlierChart(), '-f', values, '--wait', '--timeout', '60s');
    expect(said).toContain(`kubectl -n ${namespace} exec deployment/y-rollcall -- rollcall status`);
    expect(JSON.parse(await succeed('list', '-o', 'json'))).toMatchObject([
      { chart: 'rollcall-0.0.9', status: 'deployed' },
    ]);
  });

  it('runs with its config, its account and its Role: it writes, and answers the probes', async () => {
    const pod = await startPod();
    uid = (await shows('web 8001\n')).metadata.uid;
    await until(async () => (await ask(pod, '/readyz'))?.status === 200, { what: 'readiness' });
    for (const path of ['/livez', '/readyz', '/metrics']) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
    }
    const lease = await get<{ spec: { holderIdentity: string } }>(
      `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/y-rollcall`,
    );
    expect(lease?.spec.holderIdentity).not.toBe('');
  });

  it('has a test that validates the config in the cluster', async () => {
    // The fake kubelet runs no container, so helm itself would wait for ever.
    const [hook] = parseAllDocuments(await succeed('get', 'hooks', 'y'));
    const { kind, metadata, spec } = hook?.toJS() as Manifest;
    expect([kind, metadata.annotations]).toMatchObject(['Pod', { 'helm.sh/hook': 'test' }]);
    const run = async (change: (text: string) => string) => {
      const changed = JSON.parse(change(JSON.stringify(spec))) as PodSpec;
      const pod = await createPod(plane, changed, { namespace, images: { [image]: rollcallImage } });
      return (await pod.start('validate')).ended;
    };
    const good = await run((text) => text);
    expect(good.code, good.stdout + good.stderr).toBe(0);
    const bad = await run((text) => text.replace('"y-rollcall"', '"default"'));
    expect(bad.code).toBe(1);
    expect(bad.stdout + bad.stderr).toContain('rollcall rbac');
  });

  it('has a second pod that stands by, is ready, and writes when the first one ends', async () => {
    const [first] = pods;
    const second = await startPod();
    await until(async () => (await ask(second, '/readyz'))?.status === 200, { what: 'the readiness of a standby' });
    expect((await ask(second, '/api/status'))?.json).toMatchObject({ election: { state: 'standby' } });
    const start = performance.now();
    expect(await first?.end()).toMatchObject([{ code: 0 }]);
    pods.shift();
    // Well below terminationGracePeriodSeconds.
    expect(performance.now() - start).toBeLessThan(10_000);
    await putKey(plane.etcd, '/services/web/1', '192.0.2.1:8002');
    await shows('web 8002\n');
  });

  it('keeps its outputs over an upgrade of the chart', async () => {
    const more = ['--set=logLevel=debug', '--set=config.kubernetes.events=false'];
    await succeed('upgrade', 'y', chart, '-f', values, ...more, '--wait', '--timeout', '60s');
    expect(JSON.parse(await succeed('list', '-o', 'json'))).toMatchObject([{ chart: 'rollcall-0.1.0' }]);
    await startPod();
    await pods.shift()?.end();
    await putKey(plane.etcd, '/services/web/1', '192.0.2.1:8003');
    expect((await shows('web 8003\n')).metadata.uid).toBe(uid);
  });

  it('is not touched by a config that helm refuses', async () => {
    const before = await get<{ data: object }>(`/api/v1/namespaces/${namespace}/configmaps/y-rollcall-config`);
    const wrong = await helm('upgrade', 'y', chart, '-f', values, '--set=config.targets[0].nmae=a');
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('nmae');
    expect(await get(`/api/v1/namespaces/${namespace}/configmaps/y-rollcall-config`)).toEqual(before);
  });

  it('goes back to the version before', async () => {
    await succeed('rollback', 'y', '1', '--wait', '--timeout', '60s');
    expect(JSON.parse(await succeed('list', '-o', 'json'))).toMatchObject([{ chart: 'rollcall-0.0.9' }]);
    await startPod();
    await pods.shift()?.end();
    await putKey(plane.etcd, '/services/web/1', '192.0.2.1:8004');
    expect((await shows('web 8004\n')).metadata.uid).toBe(uid);
  });

  it('is uninstalled, and its outputs stay', async () => {
    await endPods();
    await succeed('uninstall', 'y', '--wait', '--timeout', '60s');
    expect((await shows('web 8004\n')).metadata.uid).toBe(uid);
    const left = await runTool(
      'kubectl',
      ['-n', namespace, 'get', '-l', 'app.kubernetes.io/instance=y', '-o', 'name', 'all,cm,sa,role,rolebinding,pdb'],
      {
        kubeconfig: plane.kubeconfig,
      },
    );
    expect(left).toMatchObject({ code: 0, stdout: '' });
  });

  it('was never denied a right', async () => {
    const user = `system:serviceaccount:${namespace}:y-rollcall`;
    const own = (await plane.audit()).filter(({ user: by }) => (by as { username: string }).username === user);
    expect(own.length).toBeGreaterThan(10);
    const denied = own.filter(({ responseStatus }) => (responseStatus as { code: number }).code === 403);
    expect(denied.map(({ requestURI }) => requestURI)).toEqual([]);
  });
});
