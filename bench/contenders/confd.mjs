// confd with an etcd 3 backend in watch mode. Its program is $CONFD, or confd on the PATH:
//   go install github.com/abtreece/confd/cmd/confd@latest
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const title = 'confd';

const program = process.env.CONFD || 'confd';

function ask(...args) {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return error ? undefined : stdout + stderr;
}

export function missing() {
  return ask('--version') === undefined ? `no ${program}: set CONFD to the path of its program` : undefined;
}

export function describe() {
  return ask('--version').trim().split('\n')[0];
}

const template = `{{range $s := lsdir "/services"}}upstream {{$s}} {
{{range gets (printf "/services/%s/*" $s)}}{{$d := json .Value}}  server {{$d.host}}:{{$d.port}} weight={{$d.weight}};
{{end}}}
{{end}}`;

export function prepare({ dir, endpoint, prefix, file, reload }) {
  const folder = join(dir, 'confd');
  for (const name of ['conf.d', 'templates']) mkdirSync(join(folder, name), { recursive: true });
  const resource = [
    '[template]',
    'prefix = "/"',
    'src = "upstreams.tmpl"',
    `dest = "${file}"`,
    `keys = ["${prefix.replace(/\/$/, '')}"]`,
    `reload_cmd = '''${reload}'''`,
  ];
  writeFileSync(join(folder, 'conf.d', 'upstreams.toml'), `${resource.join('\n')}\n`);
  writeFileSync(join(folder, 'templates', 'upstreams.tmpl'), template);
  // Newer versions have a command for each backend; older ones have a flag.
  if (/^\s+-backend /m.test(ask('--help')))
    return [program, '-backend', 'etcd', '-node', endpoint, '-watch', '-confdir', folder, '-log-level', 'error'];
  return [program, 'etcd', '--node', endpoint, '--watch', '--confdir', folder, '--log-level', 'warn'];
}
