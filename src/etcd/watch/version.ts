/**
 * Whether a server of this version sends all events up to a revision before it reports progress to that revision. Before
 * 3.4.25 and 3.5.8, a progress answer could overtake events (etcd issue 15220); the first fix had a fault until 3.4.31 and
 * 3.5.13 (etcd pull request 17557). False for an unknown version.
 */
export function ordersProgress(version: string): boolean {
  const [major, minor, patch] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return false;
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 31;
  if (minor === 5) return patch >= 13;
  return minor > 5;
}
