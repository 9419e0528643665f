import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { KubeObject } from '../../../src/kubernetes/resource.js';
import { makeNamespace } from '../../contract/objects-world.js';
import { createAuthority } from '../../support/certificates.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { putKey } from '../../support/keys.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { tempDir } from '../../support/temp.js';
import { startControlPlane, type ControlPlane } from '../support/control-plane.js';
import { chart, runTool } from '../support/helm.js';
import { createPod, describeWithPods, rollcallImage, type PodSpec } from '../support/pod.js';

const password = 'open sesame';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describeWithPods('a release with Secrets for etcd', () => {
  const authority = createAuthority();
  const client = authority.issue(['client']);
  let plane: ControlPlane;
  let etcd: EtcdServer;
  let namespace: string;

  beforeAll(async () => {
    plane = await startControlPlane();
    namespace = await makeNamespace(plane);
    const dir = await tempDir('rollcall-certificates-');
    const server = authority.issue(['127.0.0.1']);
    const texts = { ca: authority.cert, cert: server.cert, key: server.key };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(dir, name), text, { mode: 0o600 });
    const files = { cert: join(dir, 'cert'), key: join(dir, 'key'), clientCa: join(dir, 'ca') };
    etcd = await startEtcd({ tls: { ...files, probe: { ca: authority.cert, ...authority.issue(['probe']) } } });
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    await etcd.api('auth/role/add', { name: 'root' });
    for (const name of ['root', 'reader']) {
      await etcd.api('auth/user/add', { name, password });
      await etcd.api('auth/user/grant', { user: name, role: 'root' });
    }
    await etcd.api('auth/enable', {});
    const secrets = {
      'etcd-client': { 'ca.crt': authority.cert, 'tls.crt': client.cert, 'tls.key': client.key },
      'etcd-login': { password },
    };
    for (const [name, data] of Object.entries(secrets)) {
      const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)]));
      await plane.api('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name }, data: encoded });
    }
  }, 120_000);

  it('logs in with their files, which no value and no ConfigMap holds', async () => {
    const file = join(await tempDir('rollcall-values-'), 'values.yaml');
    const template = { template: './list.hbs', dialect: 'none' };
    const values = {
      image: { repository: 'rollcall', tag: '1' },
      adminPort: await freePort(),
      etcdSecrets: { tls: { name: 'etcd-client' }, auth: { name: 'etcd-login', username: 'reader' } },
      config: {
        etcd: { endpoints: [etcd.endpoint] },
        sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
        targets: [{ name: 'list', configMap: { name: 'list', data: { list: template } } }],
      },
      templates: { 'list.hbs': '{{#each services}}{{name}}{{/each}}' },
    };
    await writeFile(file, stringify(values));
    const args = ['install', 'y', chart, '-f', file, '--namespace', namespace];
    expect(await runTool('helm', args, { kubeconfig: plane.kubeconfig })).toMatchObject({ code: 0 });
    const { body } = await plane.api('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/y-rollcall`);
    const { spec } = (body as { spec: { template: { spec: PodSpec } } }).spec.template;
    const pod = await createPod(plane, spec, { namespace, images: { 'rollcall:1': rollcallImage } });
    const container = await pod.start('rollcall');
    const written = async (): Promise<boolean> => {
      const answer = await plane.api('GET', `/api/v1/namespaces/${namespace}/configmaps/list`);
      return answer.status === 200 && (answer.body as KubeObject & { data: { list: string } }).data.list === 'web';
    };
    await until(written, { what: 'the ConfigMap', deadline: 30_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${container.stderr()}`, { cause: error });
    });
    const { body: config } = await plane.api('GET', `/api/v1/namespaces/${namespace}/configmaps/y-rollcall-config`);
    for (const text of [JSON.stringify(config), container.stderr()]) expect(text).not.toContain(password);
    expect(await pod.end()).toMatchObject([{ code: 0 }]);
  });
});
