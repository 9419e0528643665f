import { resolve } from 'node:path';
import type { TargetKinds } from '../targets/kinds.js';

// The values of a config that are paths of this machine. `*`: each item of a list, each value of a map. Templates are not among
// them, because they may be names of built-in templates (templates.ts).
const etcdPlaces = ['tls.ca', 'tls.cert', 'tls.key', 'auth.passwordFile'];
const commonPlaces = [
  'stateDir',
  ...etcdPlaces.map((place) => `etcd.${place}`),
  'admin.tokenFile',
  'admin.tls.ca',
  'admin.tls.cert',
  'admin.tls.key',
  ...etcdPlaces.map((place) => `election.etcd.etcd.${place}`),
  'kubernetes.kubeconfig',
  'partials.*',
  'targets.*.reload.pidFile',
  'targets.*.haproxyRuntime.socket',
  'targets.*.reload.http.headers.*.file',
  'targets.*.confirm.http.headers.*.file',
];

/** All such values of a config with these kinds of targets. */
function placesOf(kinds: TargetKinds): string[] {
  const ofKinds = kinds.all.flatMap(({ key, localPaths, etcdBlocks }) => [
    ...localPaths.map((place) => `${key}.${place}`),
    ...etcdBlocks.flatMap((block) => etcdPlaces.map((place) => `${key}.${block}.${place}`)),
  ]);
  return [...commonPlaces, ...ofKinds.map((place) => `targets.*.${place}`)];
}

/**
 * Returns the raw data of a config with every relative path made absolute, counted from `directory`. It runs before the schema,
 * so that the schema checks absolute paths. A value of a wrong shape stays as it is: the schema reports it. The data is copied,
 * not changed, because an alias may use the same data in another place.
 */
export function resolvePaths(data: unknown, directory: string, kinds: TargetKinds): unknown {
  return placesOf(kinds).reduce((resolved, place) => resolveAt(resolved, place.split('.'), directory), data);
}

function resolveAt(data: unknown, place: readonly string[], directory: string): unknown {
  const [segment, ...rest] = place;
  if (segment === undefined)
    return typeof data === 'string' && data !== '' && !data.startsWith('/') ? resolve(directory, data) : data;
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return segment === '*' ? data.map((item) => resolveAt(item, rest, directory)) : data;
  const entries = Object.entries(data).map(([key, value]: [string, unknown]) => [
    key,
    segment === '*' || segment === key ? resolveAt(value, rest, directory) : value,
  ]);
  return Object.fromEntries(entries);
}
