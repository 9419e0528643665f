import { createKubernetes, type Kubernetes } from '../../src/kubernetes/client.js';
import { fieldManagerOf, type ClusterAccess } from '../../src/kubernetes/access.js';
import type { KubeObject } from '../../src/kubernetes/resource.js';
import { openStore, type Store } from '../../src/state/store.js';
import type { ObjectSpec } from '../../src/targets/config-map/desired-object.js';
import type { ObjectKind } from '../../src/targets/config-map/object-kind.js';
import { createObjectsReader } from '../../src/targets/config-map/reader.js';
import { createObjectsTarget } from '../../src/targets/config-map/target.js';
import type { ControlPlane } from '../kubernetes/support/control-plane.js';
import { realClock } from '../support/clock.js';
import { memoryLog, type MemoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import type { ServiceSet, World } from './target.js';

const owner = 'world';
let worlds = 0;

/** A client of a control plane, with short timeouts. */
export function connectTo(plane: ControlPlane): Kubernetes {
  const options = {
    kubeconfig: plane.kubeconfig,
    fieldManager: fieldManagerOf(owner),
    callTimeout: 1500,
    dialTimeout: 500,
  };
  return createKubernetes(options, { env: {}, clock: realClock, random: () => 0 });
}

/** The text of one service's key. */
const textOf = (service: string, ports: readonly number[]): string =>
  ports.map((port) => `${service} 10.0.0.1:${port}\n`).join('');

/** One object for each service. */
export const worldSpec = (namespace: string, more: Partial<ObjectSpec> = {}): ObjectSpec => ({
  ...{ namespace, name: 'svc-{{service.name}}', labels: {}, annotations: {}, compress: false, force: false },
  fanOut: { render: (_view, service) => ({ text: `svc-${service?.name ?? ''}`, isLocal: true, rejected: [] }) },
  entries: [
    {
      key: 'list.txt',
      template: {
        render: (_view, service) => ({
          text: service
            ? textOf(
                service.name,
                service.instances.map(({ port }) => port),
              )
            : '',
          isLocal: true,
          rejected: [],
        }),
      },
    },
  ],
  ...more,
});

/** Makes a namespace and returns its name. */
export async function makeNamespace(plane: ControlPlane): Promise<string> {
  const namespace = `world-${process.pid}-${++worlds}`;
  await plane.api('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  return namespace;
}

/** Objects in a namespace of their own, in a cluster that several worlds share. */
export async function makeObjectsWorld(
  kind: ObjectKind,
  plane: ControlPlane,
  kube: Kubernetes,
): Promise<World & { readonly log: MemoryLog; readonly namespace: string }> {
  const dir = await memoryDir();
  const log = memoryLog();
  const namespace = await makeNamespace(plane);
  const path = `/api/v1/namespaces/${namespace}/${kind.resource.plural}`;
  let store: Store = await openStore(`${dir}/state`, { log });
  let name = 'world';
  let journal = await store.journal(name);
  const spec = worldSpec(namespace);
  const cluster: ClusterAccess = { owner, namespace: undefined, connect: () => Promise.resolve(kube) };
  const foreign = new Map<string, string>();

  const encode = (text: string): string => (kind.isEncoded ? Buffer.from(text).toString('base64') : text);
  const decode = (text: string): string => (kind.isEncoded ? Buffer.from(text, 'base64').toString() : text);

  async function everything(): Promise<KubeObject[]> {
    const { status, body } = await plane.api('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    // The controller of root certificates makes one of its own in each namespace.
    return (body as { items: KubeObject[] }).items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
  }
  const dataOf = ({ data }: KubeObject): [string, string][] =>
    Object.entries((data ?? {}) as Record<string, string>).map(([key, text]) => [key, decode(text)]);

  return {
    dir,
    log,
    namespace,
    get journal() {
      return journal;
    },
    target: (more) => createObjectsTarget(kind, spec, { target: name, journal, cluster, log, ...more }),
    reader: (more) => createObjectsReader(kind, spec, { target: name, journal, cluster, ...more }),
    async rename() {
      name = 'renamed';
      journal = await store.journal(name);
    },
    async restart() {
      await store.close();
      store = await openStore(`${dir}/state`, { log });
      journal = await store.journal(name);
    },
    async read() {
      const objects = await everything();
      return new Map(
        objects.flatMap((object) =>
          dataOf(object).map(([key, text]) => [`${object.metadata.name}/${key}`, text] as const),
        ),
      );
    },
    expected: (services: ServiceSet) =>
      new Map([
        ...foreign,
        ...Object.entries(services).map(
          ([service, ports]) => [`svc-${service}/list.txt`, textOf(service, ports)] as const,
        ),
      ]),
    async marks() {
      return new Map(
        (await everything()).map(({ metadata }) => [
          `${metadata.name}/list.txt`,
          `${metadata.uid}@${metadata.resourceVersion}`,
        ]),
      );
    },
    tempFiles: () => Promise.resolve([]),
    async addForeign() {
      foreign.set('svc-theirs/list.txt', 'not ours\n');
      foreign.set('svc-others/list.txt', 'of another owner\n');
      for (const [output, text] of foreign) {
        const labels = output.startsWith('svc-others')
          ? { 'rollcall/owner': 'another', 'rollcall/target': 'world' }
          : {};
        const metadata = { name: output.slice(0, output.indexOf('/')), labels };
        await plane.api('POST', path, { metadata, data: { 'list.txt': encode(text) } });
      }
    },
    async meddle() {
      const patch = { data: { 'list.txt': encode('edited\n') } };
      await plane.api('PATCH', `${path}/svc-web`, patch, 'application/merge-patch+json');
      await plane.api('DELETE', `${path}/svc-db`);
    },
    async obstruct() {
      await plane.kill();
      return () => plane.start();
    },
  };
}
