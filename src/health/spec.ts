import { parseAddress } from '../model/address.js';
import { splitEndpoint } from '../model/endpoint.js';
import { nameRequest } from '../probe/probe.js';
import { showCommand } from '../process/show.js';
import { splitCommand } from '../process/split.js';

/** A health check: how a service is probed. */
export type HealthCheckSpec =
  | { readonly kind: 'http'; readonly url: URL }
  /** `host`: an IP literal without brackets, or a name. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Program and arguments; no shell. */
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/**
 * Parses a health check. Never throws.
 *
 * - `http://…`, `https://…`: a GET of that address, without user and password.
 * - `tcp`: a connection to the endpoint; `tcp://HOST:PORT`: to another address.
 * - any other text: a command line, which is split into words as a shell does and run without a shell.
 *
 * @param endpoint the registered endpoint; IPv6 with or without brackets.
 */
export function parseHealthCheck(
  text: string,
  endpoint: { readonly host: string; readonly port: number },
): HealthCheckSpec | { readonly problem: string } {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return parseHttp(trimmed);
  if (trimmed === 'tcp') return tcp(endpoint.host, endpoint.port) ?? { problem: 'the endpoint has no host and port' };
  if (scheme === 'tcp') return parseTcp(trimmed);
  if (scheme !== undefined)
    return {
      problem: `there is no check by ${scheme}://: write http://…, https://…, tcp, tcp://HOST:PORT or a command`,
    };
  const split = splitCommand(trimmed);
  if ('argv' in split) return { kind: 'command', argv: split.argv };
  if (trimmed === '') return { problem: 'it is empty: write http://…, https://…, tcp, tcp://HOST:PORT or a command' };
  return { problem: `${split.problem}; quote it if you mean it literally, or ask for a shell: sh -c '…'` };
}

/** One line for people: `GET http://127.0.0.1:8080/health`. */
export function showHealthCheck(spec: HealthCheckSpec): string {
  switch (spec.kind) {
    case 'http':
      return nameRequest('GET', spec.url);
    case 'tcp':
      return `connection to ${spec.host.includes(':') ? `[${spec.host}]` : spec.host}:${spec.port}`;
    case 'command':
      return `command \`${showCommand(spec.argv)}\``;
  }
}

function parseHttp(text: string): HealthCheckSpec | { readonly problem: string } {
  if (!URL.canParse(text)) return { problem: 'it is no http:// or https:// address' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return { problem: 'it must not hold a user or password, which every user of this machine could read' };
  if (url.port === '0') return { problem: 'its port is 0' };
  return { kind: 'http', url };
}

function parseTcp(text: string): HealthCheckSpec | { readonly problem: string } {
  const problem = 'write tcp://HOST:PORT, with nothing after it';
  if (!/^tcp:\/\/[^/?#@]+$/i.test(text)) return { problem };
  const split = splitEndpoint(text);
  if ('rejected' in split) return { problem: split.reason };
  return tcp(split.host, split.port ?? NaN) ?? { problem };
}

function tcp(host: string, port: number): HealthCheckSpec | undefined {
  const address = parseAddress(host)?.address;
  if (address === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return { kind: 'tcp', host: address, port };
}
