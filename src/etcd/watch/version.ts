/**
 * Whether a progress answer of this server comes behind every event that it speaks of. Before 3.4.25 and 3.5.8 it
 * could overtake them (etcd issue 15220), and until 3.4.31 and 3.5.13 the repair had a fault of its own (etcd pull
 * request 17557). An unknown version is not trusted.
 */
export function ordersProgress(version: string): boolean {
  const [major, minor, patch] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return false;
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 31;
  if (minor === 5) return patch >= 13;
  return minor > 5;
}
