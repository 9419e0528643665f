import { isWildcard, parseAddress } from '../model/address.js';
import { splitEndpoint } from '../model/endpoint.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Problem {
  readonly problem: string;
}

/** Where the service can be reached, as far as it was said. */
export interface AddressArgument {
  /** An IP address without brackets or a host name; undefined: this machine's own, whichever that is. */
  readonly address: string | undefined;
  readonly port: number;
}

const forms = 'write 10.0.0.1:8080, [fd00::1]:80 or :8080';

/**
 * What `ADDRESS:PORT` means: `10.0.0.1:8080`, `[fd00::1]:80`, `web.example.com:80`, `:8080` for a port alone, `10.0.0.1` for an
 * address alone. What it leaves out is taken from $POD_IP and $PORT. Never throws; `problem` says what to write instead.
 */
export function parseAddressArgument(text: string | undefined, env: Environment): AddressArgument | Problem {
  const shown = JSON.stringify(text);
  const given = text === undefined ? { host: '' } : splitEndpoint(text);
  if ('rejected' in given) return { problem: `${shown}: ${given.reason}: ${forms}` };
  const { host, scheme } = given;
  if (scheme !== undefined)
    return { problem: `${shown}: the address stands without a scheme: write --scheme ${scheme}` };
  if (/^\d+$/.test(host)) return { problem: `${shown} is no address: write :${host} for a port alone` };
  const port = given.port === undefined ? portOf(env) : toPort(given.port, `${shown}: the port`);
  if (typeof port !== 'number') return port;
  if (host === '') return podAddress(env, port);
  const address = parseAddress(host);
  if (address === undefined)
    return { problem: `${shown}: neither an IP address nor a host name stands before the port: ${forms}` };
  if (!isWildcard(address)) return { address: address.address, port };
  const meant = `write :${port} for this machine’s own address`;
  return { problem: `${shown} is what a server listens on, not where it can be reached: ${meant}` };
}

function podAddress({ POD_IP: text = '' }: Environment, port: number): AddressArgument | Problem {
  if (text === '') return { address: undefined, port };
  const address = parseAddress(text);
  if (address !== undefined && address.family !== 'name' && !isWildcard(address))
    return { address: address.address, port };
  const shown = JSON.stringify(text);
  return { problem: `$POD_IP is ${shown}, which is no address that can be reached: correct it, or write ADDRESS:PORT` };
}

function portOf({ PORT: text = '' }: Environment): number | Problem {
  if (text === '') return { problem: 'no port is given: write ADDRESS:PORT, or :PORT alone, or set $PORT' };
  return toPort(/^[1-9]\d{0,4}$/.test(text) ? Number(text) : NaN, `$PORT is ${JSON.stringify(text)}, which`);
}

function toPort(port: number, what: string): number | Problem {
  return port >= 1 && port <= 65_535 ? port : { problem: `${what} is no number from 1 to 65535` };
}
