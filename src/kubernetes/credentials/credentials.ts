import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';
import { defaults, type KubernetesOptions } from '../options.js';
import { readIdentity, type Identity } from './kubeconfig.js';
import { locateConfiguration, type Environment, type Location } from './locate.js';
import { materialOf, readCluster, type Material } from './material.js';
import { askPlugin, type PluginCredentials } from './plugin.js';

/** The current credentials. */
export interface Credentials {
  /** The address of the API server; '' before there is any material. */
  readonly server: string;
  /**
   * Returns the material in use. Files are read again when it is a minute old, and a credential program runs again ten seconds before its
   * credentials expire. When that fails, the material in use stays: the API server decides whether it is still good.
   *
   * @throws RollcallError `KUBE_CONFIG`, `KUBE_CREDENTIALS` when there is no material yet
   */
  current(): Promise<Material>;
  /**
   * Reads everything anew, because the API server has refused this material.
   *
   * @returns the same material when nothing has changed since
   * @throws as `current`
   */
  renew(refused: Material): Promise<Material>;
  /** The namespace of the context or of the ServiceAccount. @throws as `current` */
  namespace(): Promise<string>;
}

export interface CredentialsDeps {
  readonly env: Environment;
  readonly clock: Clock;
}

/** Milliseconds, as client-go: the kubelet replaces a token long before it expires. */
const MAX_AGE = 60_000;
const LEEWAY = 10_000;

interface Pinned {
  readonly location: Location;
  readonly context: string;
  readonly server: string;
}

export function createCredentials(options: KubernetesOptions, { env, clock }: CredentialsDeps): Credentials {
  const timeout = options.callTimeout ?? defaults.callTimeout;
  let pinned: Pinned | undefined;
  let identity: Identity | undefined;
  let printed: PluginCredentials | undefined;
  let material: Material | undefined;
  let dueAt = -Infinity;
  let reading: Promise<Material> | undefined;

  async function read(again: boolean): Promise<Material> {
    const location = pinned?.location ?? (await locateConfiguration(options, env));
    const fresh = await readIdentity(location, options, pinned?.context ?? options.context);
    // OIDC keeps its new refresh token in the identity. The one in the file is used up.
    const found = fresh.stamp === identity?.stamp ? identity : fresh;
    const { server } = found.cluster;
    // A context that moves to another cluster must not take our writes there.
    if (pinned !== undefined && pinned.server !== server)
      throw new RollcallError(
        'KUBE_CONFIG',
        `context ${JSON.stringify(pinned.context)} names the server ${server}, and named ${pinned.server} before`,
        { hint: 'Restart rollcall to use the other cluster.' },
      );
    const cluster = await readCluster(found.cluster);
    if (found.plugin !== undefined && (again || printed === undefined || printed.expires - LEEWAY <= clock.wall()))
      printed = await askPlugin({ plugin: found.plugin, cluster, environment: env, timeout });
    const made = await materialOf(found, cluster, found.plugin === undefined ? undefined : printed);
    pinned = { location, context: found.context, server };
    identity = found;
    return made;
  }

  function refresh(again: boolean): Promise<Material> {
    reading ??= read(again)
      .then((made) => {
        if (made.stamp !== material?.stamp) material = made;
        return material;
      })
      .finally(() => {
        reading = undefined;
        const expiry = printed === undefined ? Infinity : printed.expires - LEEWAY - clock.wall();
        dueAt = clock.now() + Math.max(1000, Math.min(MAX_AGE, expiry));
      });
    return reading;
  }

  const current = async (): Promise<Material> => {
    if (material === undefined) return refresh(false);
    if (clock.now() < dueAt) return material;
    const known = material;
    return refresh(false).catch(() => known);
  };

  return {
    get server() {
      return pinned?.server ?? '';
    },
    current,
    async renew(refused) {
      // Another call may have renewed it already, or is about to.
      await reading?.catch(() => undefined);
      if (material !== undefined && material.stamp !== refused.stamp) return material;
      return refresh(true);
    },
    async namespace() {
      await current();
      return identity?.namespace ?? 'default';
    },
  };
}
