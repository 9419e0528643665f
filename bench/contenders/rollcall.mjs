// rollcall from dist/, or the command line in $ROLLCALL, split at spaces.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prefixesOf } from '../registrations.mjs';

export const title = 'rollcall';

const built = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const usual = process.env.ROLLCALL?.split(' ') ?? [process.execPath, built];

export function missing() {
  return process.env.ROLLCALL || existsSync(built) ? undefined : 'rollcall is not built: run npm run build';
}

const upstream = (service) => `upstream {{${service}name}} {
{{#each ${service}instances}}
  server {{address}}:{{port}} weight={{weight}};
{{/each}}
}
`;
const templates = {
  'upstreams.hbs': `{{#each services}}\n${upstream('')}{{/each}}\n`,
  'upstream.hbs': upstream('service.'),
};

/**
 * @param layout one of `../layouts.mjs`; each target gets the same reload command
 * @param prefixes those of the sources; by default, of all sources of the layout
 * @param guard that of each target; by default, that of rollcall
 * @param command program and first arguments, instead of those of this build
 */
export function prepare({ dir, endpoint, out, layout, reload, guard, prefixes, command = usual }) {
  const config = join(dir, 'rollcall.yaml');
  for (const [name, text] of Object.entries(templates)) writeFileSync(join(dir, name), text);
  const targets = layout.targets(out).map(({ name, path, services, forEach }) => ({
    name,
    ...(services && { select: { services } }),
    files: [{ path, ...(forEach ? { forEach, template: './upstream.hbs' } : { template: './upstreams.hbs' }) }],
    reload: { command: ['sh', '-c', reload] },
    ...(guard && { guard }),
  }));
  const content = {
    etcd: { endpoints: [endpoint] },
    stateDir: join(dir, 'state'),
    sources: (prefixes ?? prefixesOf(layout.registrations)).map((prefix, s) => ({
      name: s === 0 ? 'services' : `services-${s}`,
      prefix,
      format: 'auto',
    })),
    targets,
  };
  writeFileSync(config, JSON.stringify(content));
  return [...command, 'run', '--config', config];
}
