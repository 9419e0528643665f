import type { PrefixSourceOptions } from '../../src/etcd/watch/source-options.js';
import { until } from '../support/poll.js';
import type { EtcdServer } from '../support/etcd.js';
import { startHostileEtcd, type Behaviour, type HostileEtcd, type Request } from '../support/hostile-etcd.js';
import { startProxy } from '../support/proxy.js';
import { clientOf, follow, newPrefix, type Following } from './follow.js';

/** The header of the real store's answers. With it, the hostile server passes for the real store. */
export interface Header {
  readonly cluster_id: string;
  readonly revision: string;
  readonly raft_term: string;
}

export const b = (text: string): Buffer => Buffer.from(text);

/** A key as a list and an event hold it. */
export const kv = (key: string, revision = '1', value = 'evil'): object => ({
  key: b(key),
  value: b(value),
  create_revision: '1',
  mod_revision: revision,
});

/** A watch that is confirmed and answers progress requests. */
export function watching(header: Header, created: object = {}): Behaviour {
  return (request, call) => {
    if (isCreate(request)) call.send({ header, created: true, watch_id: '0', ...created });
    else call.send({ header, watch_id: '-1' });
  };
}

export function isCreate(request: Request): boolean {
  return request.request_union === 'create_request';
}

/** Claims that the store went back in time, so that the source lists the prefix again. */
export const restored = (header: Header): Behaviour => watching({ ...header, revision: '1' });

export interface Taken {
  readonly prefix: string;
  readonly following: Following;
  readonly hostile: HostileEtcd;
  /** Starts the real etcd at the same address again, with one more key. Resolves when the source has its content. */
  readonly giveBack: () => Promise<void>;
}

/** A source that was live on a real etcd until this server took that one's place. */
export async function takeOver(
  server: EtcdServer,
  behave: (header: Header, prefix: string) => Parameters<typeof startHostileEtcd>[0],
  { pageSize = 4, timing }: Pick<PrefixSourceOptions, 'pageSize' | 'timing'> = {},
): Promise<Taken> {
  const etcd = clientOf(server);
  const prefix = newPrefix();
  for (const name of ['a', 'b', 'c']) await etcd.put(`${prefix}${name}`, name);
  const proxy = await startProxy(server.port);
  const following = follow(
    { endpoints: [proxy.endpoint], callTimeout: 1000 },
    { keys: { prefix }, pageSize, ...(timing && { timing }) },
  );
  await following.reaches('live');
  const { revision, clusterId, raftTerm } = await etcd.status();
  await proxy.close();
  const hostile = await startHostileEtcd(
    behave({ revision, cluster_id: clusterId, raft_term: raftTerm }, prefix),
    proxy.port,
  );
  return {
    prefix,
    following,
    hostile,
    async giveBack() {
      await hostile.close();
      await startProxy(server.port, proxy.port);
      await etcd.put(`${prefix}d`, 'd');
      await following.agrees(server);
      await following.reaches('live');
    },
  };
}

/** Waits for an error of the source that matches the pattern. */
export async function complaint(following: Following, pattern: RegExp): Promise<string> {
  const from = following.states.length;
  return until(
    () => {
      const said = following.states
        .slice(Math.max(0, from - 1))
        .flatMap((state) => (state.kind === 'waiting' ? [state.error.message] : []));
      return said.find((message) => pattern.test(message));
    },
    { deadline: 10_000, what: `a complaint like ${String(pattern)}` },
  ).catch((error: unknown) => {
    throw new Error(
      `${String(error)}; it said ${following.states
        .slice(-6)
        .map((state) => (state.kind === 'waiting' ? state.error.message : state.kind))
        .join('; ')}`,
      {
        cause: error,
      },
    );
  });
}
