import { isWildcard, parseAddress } from '../model/address.js';
import { splitEndpoint } from '../model/endpoint.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Problem {
  readonly problem: string;
}

/** The address and port of the service, as far as they were given. */
export interface AddressArgument {
  /** An IP address without brackets, or a host name. Undefined: the address of this machine. */
  readonly address: string | undefined;
  readonly port: number;
}

const forms = 'write 10.0.0.1:8080, [fd00::1]:80 or :8080';

/**
 * Parses `ADDRESS:PORT`: `10.0.0.1:8080`, `[fd00::1]:80`, `web.example.com:80`, `:8080` for a port alone, `10.0.0.1` for an address
 * alone. A missing part is taken from $POD_IP or $PORT. Never throws; `problem` says what to write instead.
 */
export function parseAddressArgument(text: string | undefined, env: Environment): AddressArgument | Problem {
  const shown = JSON.stringify(text);
  const given = text === undefined ? { host: '' } : splitEndpoint(text);
  if ('rejected' in given) return { problem: `${shown}: ${given.reason}: ${forms}` };
  const { host, scheme } = given;
  if (scheme !== undefined) return { problem: `${shown}: an address has no scheme: write --scheme ${scheme}` };
  if (/^\d+$/.test(host)) return { problem: `${shown} is not an address: write :${host} for a port alone` };
  const port = given.port === undefined ? portOf(env) : toPort(given.port, `${shown}: the port`);
  if (typeof port !== 'number') return port;
  if (host === '') return podAddress(env, port);
  const address = parseAddress(host);
  if (address === undefined)
    return { problem: `${shown}: the part before the port is neither an IP address nor a host name: ${forms}` };
  if (!isWildcard(address)) return { address: address.address, port };
  const meant = `write :${port} for the address of this machine`;
  return { problem: `${shown} is an address to listen on, not one to connect to: ${meant}` };
}

function podAddress({ POD_IP: text = '' }: Environment, port: number): AddressArgument | Problem {
  if (text === '') return { address: undefined, port };
  const address = parseAddress(text);
  if (address !== undefined && address.family !== 'name' && !isWildcard(address))
    return { address: address.address, port };
  const shown = JSON.stringify(text);
  return { problem: `$POD_IP is ${shown}, which is not an address to connect to: correct it, or write ADDRESS:PORT` };
}

function portOf({ PORT: text = '' }: Environment): number | Problem {
  if (text === '') return { problem: 'no port is given: write ADDRESS:PORT, or :PORT alone, or set $PORT' };
  return toPort(/^[1-9]\d{0,4}$/.test(text) ? Number(text) : NaN, `$PORT is ${JSON.stringify(text)}, which`);
}

function toPort(port: number, what: string): number | Problem {
  return port >= 1 && port <= 65_535 ? port : { problem: `${what} is not a number from 1 to 65535` };
}
