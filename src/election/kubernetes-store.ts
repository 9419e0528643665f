import type { Kubernetes, WrittenObject } from '../kubernetes/client.js';
import { KubeError } from '../kubernetes/failure.js';
import type { KubeObject } from '../kubernetes/resource.js';
import { resources } from '../kubernetes/resources.js';
import { isMap } from '../model/raw-data.js';
import type { Clock } from '../ports/runtime.js';
import type { LeaseRecord, LeaseStore } from './lease-store.js';

export interface KubernetesStoreOptions {
  readonly connect: () => Promise<Pick<Kubernetes, 'get' | 'create' | 'replace' | 'namespace'>>;
  /** Undefined: that of the pod or of the context. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly identity: string;
  /** Milliseconds. */
  readonly leaseDuration: number;
  readonly clock: Pick<Clock, 'wall'>;
}

/**
 * The record is a Lease (https://kubernetes.io/docs/concepts/architecture/leases/) with the fields that client-go's elector writes, so both can take
 * part in one election. A write names the resource version that it replaces. The epoch is `leaseTransitions`; unlike client-go, a process that takes
 * its own Lease again counts as another leadership.
 */
export function createKubernetesStore(options: KubernetesStoreOptions): LeaseStore {
  const { connect, name, identity, leaseDuration, clock } = options;
  /** As last read or written. */
  let known: KubeObject | undefined;
  let lastEpoch = -1;

  function remember(object: KubeObject): LeaseRecord {
    known = object;
    const record = recordOf(object, leaseDuration);
    lastEpoch = Math.max(lastEpoch, Number(record.epoch));
    return record;
  }

  async function at(): Promise<{ readonly kube: Awaited<ReturnType<typeof connect>>; readonly namespace: string }> {
    const kube = await connect();
    return { kube, namespace: options.namespace ?? (await kube.namespace()) };
  }

  /** Undefined: the Lease is not the known one any more. */
  async function write(spec: object, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { kube, namespace } = await at();
    try {
      if (!known)
        return remember(await kube.create(resources.lease, { metadata: { namespace, name }, spec }, { signal }));
      const object: WrittenObject = { ...known, spec: { ...specOf(known), ...spec } };
      return remember(await kube.replace(resources.lease, object, { signal }));
    } catch (error) {
      if (error instanceof KubeError && (error.code === 'KUBE_CONFLICT' || error.traits.absent)) return undefined;
      throw error;
    }
  }

  const now = (): string => microTime(clock.wall());
  const leaseDurationSeconds = Math.ceil(leaseDuration / 1000);
  const isKnown = ({ version }: LeaseRecord): boolean => known?.metadata.resourceVersion === version;

  return {
    describe: `Lease ${options.namespace === undefined ? '' : `${options.namespace}/`}${name}`,
    async read(signal) {
      const { kube, namespace } = await at();
      const found = await kube.get(resources.lease, { namespace, name }, signal);
      known = found;
      return found && remember(found);
    },
    async take(seen, signal) {
      if (seen ? !isKnown(seen) : known !== undefined) return undefined;
      const time = now();
      return write(
        {
          ...{ holderIdentity: identity, leaseDurationSeconds, acquireTime: time, renewTime: time },
          leaseTransitions: lastEpoch + 1,
        },
        signal,
      );
    },
    async renew(own, signal) {
      if (!isKnown(own)) return undefined;
      return write({ holderIdentity: identity, leaseDurationSeconds, renewTime: now() }, signal);
    },
    async release(own, signal) {
      if (!isKnown(own)) return false;
      const time = now();
      // As client-go does: a standby that has not seen it yet waits for one second only.
      const free = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
      return (await write(free, signal)) !== undefined;
    },
  };
}

function specOf({ spec }: KubeObject): Readonly<Record<string, unknown>> {
  return isMap(spec) ? spec : {};
}

function recordOf(object: KubeObject, ownDuration: number): LeaseRecord {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = specOf(object);
  const seconds = typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0;
  return {
    version: object.metadata.resourceVersion ?? '',
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    epoch: String(typeof leaseTransitions === 'number' ? leaseTransitions : 0),
    duration: seconds > 0 ? seconds * 1000 : ownDuration,
  };
}

/** The MicroTime of Kubernetes. A time with milliseconds only is refused. */
function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z');
}
