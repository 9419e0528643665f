import { resolve } from 'node:path';

// Every place of a config that holds a path of this machine. `*`: each item of a list, each value of a map.
// A template is not here: it may be the name of a built-in one (templates.ts).
const places = [
  'stateDir',
  'etcd.tls.ca',
  'etcd.tls.cert',
  'etcd.tls.key',
  'etcd.auth.passwordFile',
  'partials.*',
  'targets.*.files.*.path',
  'targets.*.skydns.etcd.tls.ca',
  'targets.*.skydns.etcd.tls.cert',
  'targets.*.skydns.etcd.tls.key',
  'targets.*.skydns.etcd.auth.passwordFile',
  'targets.*.reload.pidFile',
  'targets.*.reload.http.headers.*.file',
  'targets.*.confirm.http.headers.*.file',
].map((place) => place.split('.'));

/**
 * A config's raw data in which every relative path is absolute, counted from `folder`. It goes before the schema, so that
 * a path is judged as what it becomes; what has the wrong shape is left for the schema to judge. Nothing is changed in
 * place: an alias may use the same data elsewhere.
 */
export function resolvePaths(data: unknown, folder: string): unknown {
  return places.reduce((resolved, place) => resolveAt(resolved, place, folder), data);
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
