import type { EtcdServer } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import type { Template } from './world.js';

/** The value of a key. */
export interface Registration {
  readonly address: string;
  readonly port: number;
  /** `param` stands behind the server in the upstream. */
  readonly metadata?: { readonly param: string };
}

/** By service, sorted; the registrations sorted by port, all at one address. */
export type Roll = ReadonlyMap<string, readonly Registration[]>;

export const at = (port: number, param?: string): Registration => ({
  address: '10.0.0.1',
  port,
  ...(param !== undefined && { metadata: { param } }),
});

/** What etcd holds, read without anything of the product. A value that is no registration is left out. */
export async function readRoll(etcd: EtcdServer): Promise<Roll> {
  const services = new Map<string, Registration[]>();
  for (const [key, text] of Object.entries(await readKeys(etcd, '/services/'))) {
    const [, , service = ''] = key.split('/');
    if (!text.startsWith('{')) continue;
    services.set(service, [...(services.get(service) ?? []), JSON.parse(text) as Registration]);
  }
  for (const members of services.values()) members.sort((a, b) => a.port - b.port);
  return new Map([...services].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line for a whole set: what `/set` answers, and how each file begins and ends. */
export function setOf(roll: Roll): string {
  return [...roll]
    .map(([name, members]) => `${name}=${members.map(({ address, port }) => `${address}:${port},`).join('')};`)
    .join('');
}

/** What the templates make of a set, said once more without them. */
export function filesOf(roll: Roll, templates: readonly Template[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const framed = (set: Roll, body: string): string => `# set ${setOf(set)}\n${body}# end ${setOf(set)}\n`;
  if (templates.includes('upstreams')) {
    const upstreams = [...roll].map(([name, members]) => {
      const servers = members.map(({ address, port, metadata }) => {
        const behind = metadata === undefined ? '' : ` ${metadata.param}`;
        return `    server ${address}:${port}${behind};\n`;
      });
      return `upstream ${name} {\n${servers.join('')}}\n`;
    });
    files.set('upstreams.conf', framed(roll, upstreams.join('')));
  }
  if (templates.includes('locations')) {
    const via = [...roll.keys()].map((name) => `location = /via/${name} { proxy_pass http://${name}; }\n`);
    files.set('locations.conf', framed(roll, `location = /set { return 200 "${setOf(roll)}"; }\n${via.join('')}`));
  }
  if (templates.includes('alone')) {
    const params = [...roll.values()].flat().flatMap(({ metadata }) => (metadata ? [`# ${metadata.param}\n`] : []));
    const body = `location = /set { return 200 "${setOf(roll)}"; }\n${params.join('')}`;
    files.set('locations-alone.conf', framed(roll, body));
  }
  if (templates.includes('only'))
    for (const [name, members] of roll) {
      const one: Roll = new Map([[name, members]]);
      files.set(`only/${name}.conf`, framed(one, `location = /only/${name} { return 200 "${setOf(one)}"; }\n`));
    }
  return files;
}
