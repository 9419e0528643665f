import { Resolver } from 'node:dns/promises';

/** Milliseconds for one try. */
const timeout = 500;
const tries = 2;

/**
 * Asks a server for the serial in the SOA record of a zone (RFC 1035 section 3.3.13).
 *
 * @param server `192.0.2.53:53` or `[2001:db8::53]:53`
 * @returns a number of 32 bits
 * @throws Error with a `code` of node:dns, when the server does not answer or does not serve the zone; the signal's reason
 */
export async function askSerial(server: string, zone: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout, tries });
  resolver.setServers([server]);
  const cancel = (): void => {
    resolver.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return (await resolver.resolveSoa(zone)).serial >>> 0;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
