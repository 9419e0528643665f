import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { makeNamespace } from '../contract/objects-world.js';
import { askAdmin } from '../support/admin.js';
import { startBackend, type Backend } from '../support/backend.js';
import { needs } from '../support/binaries.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { runTool } from './support/helm.js';
import { createPod, describeWithPods, rollcallImage, type Container, type Pod, type PodSpec } from './support/pod.js';

const page = join(import.meta.dirname, '..', '..', 'docs', 'howto', 'sidecar.md');
const nginx = needs('nginx');

// The pod of the how-to page, as a reader applies it.
describeWithPods('the pod of docs/howto/sidecar.md', () => {
  let plane: ControlPlane;
  let pod: Pod;
  let port: number;
  let namespace: string;
  let backends: readonly Backend[];
  const containers: Container[] = [];

  const served = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
  const log = (): string => containers.map((each) => each.stderr()).join('\n---\n');
  const serves = (name: string) =>
    until(async () => (await served().catch(() => undefined)) === name, { what: `an answer of ${name}` }).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${log()}`, { cause: error });
      },
    );

  beforeAll(async () => {
    plane = await startControlPlane();
    namespace = await makeNamespace(plane);
    port = await freePort();
    backends = [await startBackend('one'), await startBackend('two')];
    const blocks = [...(await readFile(page, 'utf8')).matchAll(/^ {3}```yaml\n([^]*?)^ {3}```$/gm)].map(
      ([, text = '']) => text.replace(/^ {3}/gm, ''),
    );
    expect(blocks).toHaveLength(2);
    const input = blocks
      .join('\n---\n')
      .replaceAll('http://etcd.legacy.example.com:2379', plane.etcd.endpoint)
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replaceAll('9117', String(await freePort()));
    const applied = await runTool('kubectl', ['apply', '-n', namespace, '-f', '-'], {
      kubeconfig: plane.kubeconfig,
      input,
    });
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    const { body } = await plane.api('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/edge`);
    const { spec } = (body as { spec: { template: { spec: PodSpec } } }).spec.template;
    // The command of the container is found on this machine, not in an image.
    const at = (command: readonly string[] | undefined): readonly string[] | undefined =>
      command?.map((word) => (word === 'nginx' ? nginx : word));
    const mapped = {
      ...spec,
      containers: spec.containers.map((each) => {
        const command = at(each.command);
        return { ...each, ...(command && { command }) };
      }),
    };
    const images = { 'registry.example.com/rollcall:0.1.0': rollcallImage };
    pod = await createPod(plane, mapped, { namespace, images });
  }, 120_000);

  it('starts nginx with its upstreams', async () => {
    await putKey(plane.etcd, '/services/web/1', JSON.stringify({ address: '127.0.0.1', port: backends[0]?.port }));
    await pod.init();
    containers.push(await pod.start('nginx'));
    await serves('one');
  });

  it('reloads nginx by a signal from the other container', async () => {
    containers.push(await pod.start('rollcall'));
    const socketPath = join(pod.volume('state'), 'state', 'admin.sock');
    await until(
      async () => {
        const answer = await askAdmin({ socketPath, path: '/api/status', timeout: 500 }).catch(() => undefined);
        return (answer?.json as { inStep?: boolean } | undefined)?.inStep === true;
      },
      { what: 'a process in step', deadline: 20_000 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${log()}`, { cause: error });
    });
    await putKey(plane.etcd, '/services/web/1', JSON.stringify({ address: '127.0.0.1', port: backends[1]?.port }));
    await serves('two');
    await until(() => containers[0]?.stderr().includes('signal 1 (SIGHUP)'), { what: 'the signal' });
  });

  it('has an nginx that starts again without a service', async () => {
    await deleteKey(plane.etcd, '/services/web/1');
    await until(async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 502, { what: 'an empty upstream' });
  });

  it('ends in order', async () => {
    const ends = await pod.end();
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  });
});
