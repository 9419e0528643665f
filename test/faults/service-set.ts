import type { EtcdServer } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import type { Template } from './world.js';

/** The value of a key. */
export interface Registration {
  readonly address: string;
  readonly port: number;
  /** `param` is written after the server in the upstream. */
  readonly metadata?: { readonly param: string };
}

/** The registrations of each service: services sorted by name, registrations by port, all at one address. */
export type ServiceSet = ReadonlyMap<string, readonly Registration[]>;

export const at = (port: number, param?: string): Registration => ({
  address: '10.0.0.1',
  port,
  ...(param !== undefined && { metadata: { param } }),
});

/** Reads etcd, now or at a revision, without code of rollcall. A value that is no registration is left out. */
export async function readServiceSet(etcd: EtcdServer, revision?: string): Promise<ServiceSet> {
  const services = new Map<string, Registration[]>();
  for (const [key, text] of Object.entries(await readKeys(etcd, '/services/', revision))) {
    const [, , service = ''] = key.split('/');
    if (!text.startsWith('{')) continue;
    services.set(service, [...(services.get(service) ?? []), JSON.parse(text) as Registration]);
  }
  for (const members of services.values()) members.sort((a, b) => a.port - b.port);
  return new Map([...services].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line for a whole set: the answer of `/set`, and the beginning and end of each file. */
export function setOf(services: ServiceSet): string {
  return [...services]
    .map(([name, members]) => `${name}=${members.map(({ address, port }) => `${address}:${port},`).join('')};`)
    .join('');
}

/** The outputs of the templates for a set, computed without the templates. */
export function filesOf(services: ServiceSet, templates: readonly Template[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const framed = (set: ServiceSet, body: string): string => `# set ${setOf(set)}\n${body}# end ${setOf(set)}\n`;
  if (templates.includes('upstreams')) {
    const upstreams = [...services].map(([name, members]) => {
      const servers = members.map(({ address, port, metadata }) => {
        const behind = metadata === undefined ? '' : ` ${metadata.param}`;
        return `    server ${address}:${port}${behind};\n`;
      });
      return `upstream ${name} {\n${servers.join('')}}\n`;
    });
    files.set('upstreams.conf', framed(services, upstreams.join('')));
  }
  if (templates.includes('locations')) {
    const via = [...services.keys()].map((name) => `location = /via/${name} { proxy_pass http://${name}; }\n`);
    files.set(
      'locations.conf',
      framed(services, `location = /set { return 200 "${setOf(services)}"; }\n${via.join('')}`),
    );
  }
  if (templates.includes('alone')) {
    const params = [...services.values()].flat().flatMap(({ metadata }) => (metadata ? [`# ${metadata.param}\n`] : []));
    const body = `location = /set { return 200 "${setOf(services)}"; }\n${params.join('')}`;
    files.set('locations-alone.conf', framed(services, body));
  }
  if (templates.includes('only'))
    for (const [name, members] of services) {
      const one: ServiceSet = new Map([[name, members]]);
      files.set(`only/${name}.conf`, framed(one, `location = /only/${name} { return 200 "${setOf(one)}"; }\n`));
    }
  return files;
}
