import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElectionStatus, ProcessStatus } from '../../../src/model/status.js';
import { askAdmin } from '../../support/admin.js';
import { startRollcall, type Running } from '../../support/command.js';
import { createPlace, type Place } from '../../support/config.js';
import { until } from '../../support/poll.js';
import { createAccount, tokenOf } from './connect.js';
import type { ControlPlane } from './control-plane.js';
import { writeKubeconfig } from './kubeconfig.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** One of several processes with the same config, each with an account and a connection of its own. */
export interface Replica {
  /** As the audit log names it. */
  readonly user: string;
  readonly place: Place;
  readonly proxy: TcpProxy;
  /** The identities in the election that its processes have had. */
  readonly identities: Set<string>;
  /** The present or last process. */
  readonly process: Running;
  /** Starts a process, and waits until it answers. */
  start(): Promise<void>;
  /** Undefined: no process answers. */
  status(): Promise<ProcessStatus | undefined>;
  election(): Promise<ElectionStatus | undefined>;
  ready(): Promise<number | undefined>;
}

export interface ReplicaOptions {
  readonly rules: readonly object[];
  readonly config: (kubeconfig: string) => object;
  readonly files: Readonly<Record<string, string>>;
}

export async function createReplica(
  plane: ControlPlane,
  name: string,
  { rules, config, files }: ReplicaOptions,
): Promise<Replica> {
  await createAccount(plane, name, rules);
  const proxy = await startTcpProxy(plane.port);
  const token = await tokenOf(plane, name);
  const kubeconfig = await writeKubeconfig(proxy.server, { token }, { ca: plane.authority.cert });
  const place = await createPlace(plane.etcd, config(kubeconfig));
  for (const [file, text] of Object.entries(files)) await writeFile(place.at(file), text);
  const socketPath = join(place.at('state'), 'admin.sock');
  const identities = new Set<string>();
  let process: Running | undefined;

  async function status(): Promise<ProcessStatus | undefined> {
    const answer = await askAdmin({ socketPath, path: '/api/status', timeout: 500 }).catch(() => undefined);
    return answer?.json as ProcessStatus | undefined;
  }

  return {
    user: `system:serviceaccount:default:${name}`,
    place,
    proxy,
    identities,
    get process() {
      if (!process) throw new Error('no process was started');
      return process;
    },
    async start() {
      process = startRollcall(['run', '-c', place.file, '--log-level', 'debug']);
      const started = process;
      const found = await until(
        async () => {
          const now = await status();
          return now?.pid === started.pid && now.election ? now.election : undefined;
        },
        { what: 'the status of a new process', deadline: 30_000 },
      );
      identities.add(found.identity);
    },
    status,
    election: async () => (await status())?.election ?? undefined,
    ready: async () => (await askAdmin({ socketPath, path: '/readyz', timeout: 500 }).catch(() => undefined))?.status,
  };
}
