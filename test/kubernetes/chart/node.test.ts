import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeNamespace } from '../../contract/objects-world.js';
import { startBackend, type Backend } from '../../support/backend.js';
import { putKey } from '../../support/keys.js';
import { startNginx, type Nginx } from '../../support/nginx.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { tempDir } from '../../support/temp.js';
import { startControlPlane, type ControlPlane } from '../support/control-plane.js';
import { chart, runTool } from '../support/helm.js';
import { createPod, describeWithPods, rollcallImage, type Container, type Pod, type PodSpec } from '../support/pod.js';

// nginx runs on the node, rollcall in a pod of the DaemonSet.
describeWithPods('a pod of the mode node', () => {
  let plane: ControlPlane;
  let namespace: string;
  let node: string;
  let nginx: Nginx;
  let pod: Pod;
  let container: Container;
  let backends: readonly Backend[];
  const values = (): object => ({
    mode: 'node',
    image: { repository: 'rollcall', tag: '1' },
    config: {
      etcd: { endpoints: [plane.etcd.endpoint] },
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [
        {
          name: 'nginx',
          files: [{ path: '/etc/nginx/conf.d/upstreams.conf', template: 'nginx-upstreams' }],
          reload: { signal: 'HUP', pidFile: '/run/nginx/nginx.pid', process: 'nginx' },
        },
      ],
    },
    node: { hostPID: true, hostPaths: [{ path: '/etc/nginx/conf.d' }, { path: '/run/nginx', readOnly: true }] },
  });

  const serves = (name: string) =>
    until(async () => (await (await fetch(`http://127.0.0.1:${nginx.port}/`)).text()) === name, {
      what: `an answer of ${name}`,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${container.stderr()}`, { cause: error });
    });

  beforeAll(async () => {
    plane = await startControlPlane();
    namespace = await makeNamespace(plane);
    backends = [await startBackend('one'), await startBackend('two')];
    node = await tempDir('rollcall-node-');
    await chmod(node, 0o755);
    for (const dir of ['etc/nginx/conf.d', 'run/nginx']) await mkdir(join(node, dir), { recursive: true, mode: 0o755 });
    await writeFile(join(node, 'etc/nginx/conf.d/none.conf'), 'upstream none { server 127.0.0.1:1; }\n');
    nginx = await startNginx({
      dir: join(node, 'run/nginx'),
      conf: (port) =>
        `include ${node}/etc/nginx/conf.d/*.conf; server { listen 127.0.0.1:${port}; location / { set $to web; proxy_pass http://$to; } }`,
    });
    const file = join(await tempDir('rollcall-values-'), 'values.yaml');
    await writeFile(file, stringify({ ...values(), adminPort: await freePort() }));
    const args = ['install', 'y', chart, '-f', file, '--namespace', namespace];
    expect(await runTool('helm', args, { kubeconfig: plane.kubeconfig })).toMatchObject({ code: 0 });
    const { body } = await plane.api('GET', `/apis/apps/v1/namespaces/${namespace}/daemonsets/y-rollcall`);
    const { spec } = (body as { spec: { template: { spec: PodSpec } } }).spec.template;
    pod = await createPod(plane, spec, { namespace, images: { 'rollcall:1': rollcallImage }, node });
  }, 120_000);

  it('writes the file of the node, and nginx of the node follows', async () => {
    await putKey(plane.etcd, '/services/web/1', `127.0.0.1:${backends[0]?.port}`);
    container = await pod.start('rollcall');
    await serves('one');
    await putKey(plane.etcd, '/services/web/1', `127.0.0.1:${backends[1]?.port}`);
    await serves('two');
    const { uid, mode } = await stat(join(node, 'etc/nginx/conf.d/upstreams.conf'));
    expect([uid, (mode & 0o777).toString(8)]).toEqual([0, '644']);
  });

  it('keeps its state on the node, closed to others', async () => {
    const { uid, mode } = await stat(join(node, 'var/lib/rollcall/state'));
    expect([uid, (mode & 0o777).toString(8)]).toEqual([0, '700']);
  });

  it('ends in order, and the file stays', async () => {
    expect(await pod.end()).toMatchObject([{ code: 0 }]);
    await serves('two');
    await nginx.stop();
  });
});
