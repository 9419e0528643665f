import { basename } from 'node:path';
import type { ProbeResult } from '../probe/probe.js';

/** How each program is told to read its files again, for those whose plain command starts the program itself. */
const reloads: Readonly<Record<string, string>> = {
  nginx: '`[nginx, -s, reload]`',
  openresty: '`[openresty, -s, reload]`',
  haproxy: '`[systemctl, reload, haproxy]`, or `signal: SIGUSR2` with the pid file of the master process',
  apache2: '`[apachectl, -k, graceful]`',
  httpd: '`[apachectl, -k, graceful]`',
  named: '`[rndc, reload]`',
  dnsmasq: '`signal: SIGHUP` with its pid file',
  unbound: '`[unbound-control, reload]`',
  caddy: '`[caddy, reload, --config, FILE]`',
  prometheus: '`http:` with a POST to its `/-/reload`',
};

/** What a program says that cannot start because it runs already. */
const alreadyRunning = /address already in use|already running|\(98:/i;

/**
 * The hint for a command that did not do what a reload must do: ask the running consumer, and end. Undefined: the hint of the error code
 * says enough.
 */
export function adviseOnReload(
  [program = '']: readonly string[],
  { kind, finding, output }: ProbeResult,
): string | undefined {
  const name = basename(program);
  const right = Object.hasOwn(reloads, name) ? reloads[name] : undefined;
  const instead = right ?? 'the command that makes the running consumer read its files again';
  if (kind === 'timed-out' && finding.startsWith('did not end'))
    return `The command was still running, so rollcall has ended it, and tries again. If it starts the consumer in the foreground, it can never end: use ${instead}. If the consumer only needs longer, raise \`reload.timeout\`.`;
  if (kind === 'timed-out')
    return `The command left a process behind that holds its output, so rollcall has ended that process, and tries again. A reload must not start the consumer: use ${instead}. If a process must stay, send its output elsewhere.`;
  if (kind === 'failed' && alreadyRunning.test(output))
    return `The command seems to start the consumer a second time. The reload is pending and rollcall tries it again: use ${instead}.`;
  return undefined;
}
