// What is registered, and which files come of it. A layout has:
//   registrations       instances, services and sources in etcd
//   targets(out)        the targets of rollcall's config: `name`, `path`, `services` (all if absent), `forEach`
//   pick(random)        the instance that a put changes, for a random number from 0 to 1
//   fileOf(out, i)      the file that instance `i` is in
//   isComplete(out)     whether all files are there, with all instances
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { read } from './poller.mjs';
import { serviceOf, usual } from './registrations.mjs';

const countServers = (file) => (read(file).match(/^\s*server /gm) ?? []).length;
// The names of rollcall's temporary files begin with a dot.
const countFiles = (out) => readdirSync(out).filter((name) => /^[^.].*\.conf$/.test(name)).length;
const anyOf = (count) => (random) => Math.floor(random * count);

/** Every service in one file. */
export function singleFile({ instances, sources = 1 }) {
  const fileOf = (out) => join(out, 'upstreams.conf');
  return {
    registrations: { ...usual, instances, sources },
    targets: (out) => [{ name: 'nginx', path: fileOf(out) }],
    pick: anyOf(instances),
    fileOf,
    isComplete: (out) => countServers(fileOf(out)) >= instances,
  };
}

/** One service of many in one file: what a fan-out and many targets are compared with. */
export function oneService({ instances, services }) {
  const registrations = { ...usual, instances, services };
  const name = serviceOf(0, registrations);
  const own = Math.ceil(instances / services);
  const fileOf = (out) => join(out, `${name}.conf`);
  return {
    registrations,
    targets: (out) => [{ name, path: fileOf(out), services: [name] }],
    pick: (random) => services * Math.floor(random * own),
    fileOf,
    isComplete: (out) => countServers(fileOf(out)) >= own,
  };
}

/** One target with a file for each service; each service has one instance. */
export function fanOut({ files }) {
  const registrations = { ...usual, instances: files, services: files };
  return {
    registrations,
    targets: (out) => [{ name: 'nginx', path: join(out, '{{service.name}}.conf'), forEach: 'service' }],
    pick: anyOf(files),
    fileOf: (out, i) => join(out, `${serviceOf(i, registrations)}.conf`),
    isComplete: (out) => countFiles(out) >= files,
  };
}

/** Targets that select one service each, with a file and a reload command of their own. There may be more services than targets. */
export function manyTargets({ targets, instances, services }) {
  const registrations = { ...usual, instances, services };
  const own = Math.floor(instances / services);
  const names = Array.from({ length: targets }, (_, i) => serviceOf(i, registrations));
  return {
    registrations,
    targets: (out) => names.map((name) => ({ name, path: join(out, `${name}.conf`), services: [name] })),
    pick: (random) => {
      const any = Math.floor(random * targets * own);
      return (any % targets) + services * Math.floor(any / targets);
    },
    fileOf: (out, i) => join(out, `${serviceOf(i, registrations)}.conf`),
    isComplete: (out) => countFiles(out) >= targets,
  };
}
