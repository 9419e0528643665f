import { createHash } from 'node:crypto';
import type { Kubernetes } from '../kubernetes/client.js';
import { KubeError } from '../kubernetes/failure.js';
import type { KubeObject } from '../kubernetes/resource.js';
import { resources } from '../kubernetes/resources.js';
import { textOf, valueOf } from '../model/raw-data.js';
import type { Leadership, SharedTexts } from '../ports/leader.js';

export interface KubernetesTextsOptions {
  readonly connect: () => Promise<Pick<Kubernetes, 'get' | 'create' | 'patch' | 'namespace'>>;
  /** Undefined: that of the pod or of the context. */
  readonly namespace: string | undefined;
  /** Of the Lease. */
  readonly name: string;
}

const epochAnnotation = 'rollcall/epoch';
const ATTEMPTS = 5;

/** The name of the ConfigMap beside a Lease. */
export const textsNameOf = (lease: string): string => `${lease}-guard`;

/**
 * Texts in one ConfigMap beside the Lease. Each write names the version of the object that was seen, and a new leader writes its epoch before it reads, so a
 * late write of an earlier leader gets a conflict.
 */
export function createKubernetesTexts(options: KubernetesTextsOptions): SharedTexts {
  const name = textsNameOf(options.name);
  let known: KubeObject | undefined;

  async function at() {
    const kube = await options.connect();
    return { kube, where: { namespace: options.namespace ?? (await kube.namespace()), name } };
  }

  async function load({ signal }: Leadership): Promise<KubeObject | undefined> {
    const { kube, where } = await at();
    known = await kube.get(resources.configMap, where, signal);
    return known;
  }

  const markOf = ({ epoch, holder }: Leadership): string => `${epoch} ${holder}`;

  async function write(data: Readonly<Record<string, string>>, leadership: Leadership): Promise<void> {
    const { signal } = leadership;
    const annotations = { [epochAnnotation]: markOf(leadership) };
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      const { kube, where } = await at();
      try {
        const { resourceVersion } = known?.metadata ?? {};
        known = known
          ? await kube.patch(
              resources.configMap,
              where,
              { metadata: { resourceVersion, annotations }, data },
              { signal },
            )
          : await kube.create(resources.configMap, { metadata: { ...where, annotations }, data }, { signal });
        return;
      } catch (error) {
        const isRaced = error instanceof KubeError && (error.code === 'KUBE_CONFLICT' || error.traits.absent);
        if (!isRaced || attempt === ATTEMPTS) throw error;
        await load(leadership);
      }
    }
  }

  return {
    async read(text, leadership) {
      const found = await load(leadership);
      if (found && found.metadata.annotations?.[epochAnnotation] !== markOf(leadership)) await write({}, leadership);
      return textOf(valueOf(valueOf(known, 'data'), keyOf(text)));
    },
    write: (text, value, leadership) => write({ [keyOf(text)]: value }, leadership),
  };
}

/** The key of a ConfigMap for any name. */
function keyOf(name: string): string {
  if (/^[-._A-Za-z0-9]{1,200}$/.test(name) && name !== '.' && !name.startsWith('..')) return name;
  return `sha256-${createHash('sha256').update(name).digest('hex')}`;
}
