// A real CoreDNS with its kubernetes plugin and without a cache, on loopback, for scripts.
import { Resolver } from 'node:dns/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeAssets } from '../setup/kube.mjs';
import { freePorts, start, until } from './processes.mjs';

/**
 * Starts it below `dir` and waits until it answers. `stopAll` of the processes ends it.
 *
 * @param kubeconfig the text of a kubeconfig with the context `main`
 * @returns `addresses(name)` and `servers(name)` (`TARGET:PORT`), sorted, empty for a name that does not exist
 */
export async function startCoreDns(dir, kubeconfig) {
  mkdirSync(dir, { recursive: true });
  const [port] = await freePorts(1);
  const at = (name) => join(dir, name);
  writeFileSync(at('kubeconfig'), kubeconfig, { mode: 0o600 });
  const plugin = `kubernetes cluster.local {\n    kubeconfig ${at('kubeconfig')} main\n    ttl 5\n  }`;
  writeFileSync(at('Corefile'), `.:${port} {\n  bind 127.0.0.1\n  errors\n  ${plugin}\n}\n`);
  const coredns = start('coredns', join(kubeAssets(), 'coredns'), ['-conf', at('Corefile')]);
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const orNone = (answer) =>
    answer.catch((error) => {
      if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') return [];
      throw error;
    });
  const addresses = async (name) => (await orNone(resolver.resolve4(name))).sort();
  const servers = async (name) =>
    (await orNone(resolver.resolveSrv(name))).map((server) => `${server.name}:${server.port}`).sort();
  const answers = () => addresses('kubernetes.default.svc.cluster.local').catch(() => []);
  await until('CoreDNS answers', async () => (await answers()).length > 0, { alive: coredns, deadline: 30_000 });
  return { addresses, servers };
}
