import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { newPrefix } from '../etcd/follow.js';
import { keysOf, leasesOf, patient, registering } from './registering.js';

describeWith('etcd', 'a process that registers, on the system’s etcd', suite);
describeWith('etcd-current', 'a process that registers, on a current etcd', suite);

const script = join(import.meta.dirname, '..', '..', 'bench', 'registering.mjs');
/** The first registration of that process. */
const first = { service: 'web', id: '0', address: '10.0.0.0', port: 8080 };
const ttl = 2000;

/** The built library, in a process of its own, with one registration. */
async function startProcess(
  server: EtcdServer,
  prefix: string,
): Promise<Running & { readonly says: (word: string) => Promise<void> }> {
  const running = startRollcall([server.endpoint, '1', String(ttl), prefix], { script });
  const says = async (word: string): Promise<void> => {
    await until(() => running.stdout().includes(word), { ...patient, what: `${word} from ${running.stdout()}` });
  };
  await says('ready');
  return { ...running, says };
}

function reasonsOf(running: Running): string[] {
  return running
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('/'))
    .map((line) => line.split(' ').slice(1).join(' '));
}

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });
  const isEmpty = (prefix: string) =>
    until(async () => (await keysOf(server, prefix)).length === 0, { ...patient, what: 'the end of the key' });

  it('puts its key back after it was stopped for longer than its TTL, and deletes it when it ends', async () => {
    const prefix = newPrefix();
    const child = await startProcess(server, prefix);
    process.kill(child.pid, 'SIGSTOP');
    await isEmpty(prefix);
    process.kill(child.pid, 'SIGCONT');
    await child.says('registered restored');
    expect(reasonsOf(child)).toEqual(['lost keepalive-overdue', 'lost lease-gone', 'registered restored']);
    expect(await keysOf(server, prefix)).toHaveLength(1);
    expect(await child.end()).toMatchObject({ code: 0, stderr: '' });
    expect(await keysOf(server, prefix)).toEqual([]);
    expect(await leasesOf(server)).toEqual([]);
  });

  it('leaves the key to the process that took its place while it was stopped', async () => {
    const prefix = newPrefix();
    const child = await startProcess(server, prefix);
    process.kill(child.pid, 'SIGSTOP');
    await isEmpty(prefix);
    const newer = await registering(server).register(first, { prefix, ttl: 30_000 });
    const held = await keysOf(server, prefix);
    process.kill(child.pid, 'SIGCONT');
    await child.says('lost key-taken');
    expect(await keysOf(server, prefix)).toEqual(held);
    await newer.handle.deregister();
    await child.says('registered restored');
    expect(await keysOf(server, prefix)).toHaveLength(1);
    await child.end();
  });

  it('loses its key by the TTL when it is killed, and its successor need not wait for that', async () => {
    const prefix = newPrefix();
    const child = await startProcess(server, prefix);
    const successor = await startProcess(server, prefix);
    await child.says('lost key-taken');
    await child.end('SIGKILL');
    expect(await keysOf(server, prefix)).toHaveLength(1);
    await successor.end('SIGKILL');
    await isEmpty(prefix);
  });
}
