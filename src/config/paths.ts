import { resolve } from 'node:path';
import type { TargetKinds } from '../targets/kinds.js';

// Places of a config that hold a path of this machine. `*`: each item of a list, each value of a map. A template is not among
// them: it may be the name of a built-in one (templates.ts).
const etcdPlaces = ['tls.ca', 'tls.cert', 'tls.key', 'auth.passwordFile'];
const commonPlaces = [
  'stateDir',
  ...etcdPlaces.map((place) => `etcd.${place}`),
  'partials.*',
  'targets.*.reload.pidFile',
  'targets.*.reload.http.headers.*.file',
  'targets.*.confirm.http.headers.*.file',
];

/** The places that a config with these kinds of targets has. */
function placesOf(kinds: TargetKinds): string[] {
  const ofKinds = kinds.all.flatMap(({ key, localPaths, etcdBlocks }) => [
    ...localPaths.map((place) => `${key}.${place}`),
    ...etcdBlocks.flatMap((block) => etcdPlaces.map((place) => `${key}.${block}.${place}`)),
  ]);
  return [...commonPlaces, ...ofKinds.map((place) => `targets.*.${place}`)];
}

/**
 * A config's raw data in which every relative path is absolute, counted from `folder`. It goes before the schema, so that
 * a path is judged as what it becomes; what has the wrong shape is left for the schema to judge. Nothing is changed in
 * place: an alias may use the same data elsewhere.
 */
export function resolvePaths(data: unknown, folder: string, kinds: TargetKinds): unknown {
  return placesOf(kinds).reduce((resolved, place) => resolveAt(resolved, place.split('.'), folder), data);
}

function resolveAt(data: unknown, place: readonly string[], folder: string): unknown {
  const [segment, ...rest] = place;
  if (segment === undefined)
    return typeof data === 'string' && data !== '' && !data.startsWith('/') ? resolve(folder, data) : data;
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return segment === '*' ? data.map((item) => resolveAt(item, rest, folder)) : data;
  const entries = Object.entries(data).map(([key, value]: [string, unknown]) => [
    key,
    segment === '*' || segment === key ? resolveAt(value, rest, folder) : value,
  ]);
  return Object.fromEntries(entries);
}
