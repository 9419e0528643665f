// Where the built control plane lies, and the flags that its programs are built with.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Go module: kube-apiserver, kube-controller-manager and etcd in one program, and CoreDNS with its kubernetes plugin. */
export const kubeSources = join(import.meta.dirname, '..', '..', 'test', 'kubernetes', 'support', 'built');

export const kubeFiles = ['go.mod', 'go.sum', 'kubetest/main.go', 'coredns/main.go'];

const read = (file) => readFileSync(join(kubeSources, file), 'utf8');
const version = /^\s*k8s\.io\/kubernetes v(\S+)/m.exec(read('go.mod'))[1];
const [major, minor] = version.split('.');
// Without its version, the server calls itself v0.0.0-master, and Helm refuses charts that require a version.
const stamps = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };

export const kubeVersion = version;

/** The Go version that the sources need. */
export const kubeGo = /^go (\S+)$/m.exec(read('go.mod'))[1];

export const kubeFlags = [
  ...['-p', '2', '-trimpath', '-mod=readonly', '-buildvcs=false'],
  // No debug information and no inlining: a third less time to build. No test notices that the server is slower.
  '-gcflags=all=-dwarf=false -l',
  `-ldflags=-s -w ${Object.entries(stamps)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ')}`,
];

/** The directory of the programs in the cache. Its name changes with the sources and the flags. */
export function kubeDirectory() {
  const hash = createHash('sha256').update(kubeFlags.join('\n'));
  for (const file of kubeFiles) hash.update(read(file));
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall');
  return join(cache, `kube-${version}-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * The directory to run the programs from: $KUBEBUILDER_ASSETS, where the tools for controllers put kube-apiserver and
 * etcd, or the one that is built.
 */
export function kubeAssets() {
  return process.env.KUBEBUILDER_ASSETS || kubeDirectory();
}
