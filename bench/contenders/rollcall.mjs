// rollcall from dist/, or the command line in $ROLLCALL, split at spaces.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const title = 'rollcall';

const built = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const command = process.env.ROLLCALL?.split(' ') ?? [process.execPath, built];

export function missing() {
  return process.env.ROLLCALL || existsSync(built) ? undefined : 'rollcall is not built: run npm run build';
}

const template = `{{#each services}}
upstream {{name}} {
{{#each instances}}
  server {{address}}:{{port}} weight={{weight}};
{{/each}}
}
{{/each}}
`;

export function prepare({ dir, endpoint, prefix, file, reload }) {
  const config = join(dir, 'rollcall.yaml');
  writeFileSync(join(dir, 'upstreams.hbs'), template);
  const target = {
    name: 'nginx',
    files: [{ path: file, template: './upstreams.hbs' }],
    reload: { command: ['sh', '-c', reload] },
  };
  const content = {
    etcd: { endpoints: [endpoint] },
    stateDir: join(dir, 'state'),
    sources: [{ name: 'services', prefix }],
    targets: [target],
  };
  writeFileSync(config, JSON.stringify(content));
  return [...command, 'run', '--config', config];
}
