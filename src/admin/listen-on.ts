import type { Server } from 'node:net';
import type { ListenAddress } from './listen.js';

/**
 * Listens on an address. All addresses are those of IPv4 on a machine without IPv6.
 *
 * @throws the error of the system, such as EADDRINUSE
 */
export async function listenOn(server: Pick<Server, 'listen' | 'once' | 'off'>, address: ListenAddress): Promise<void> {
  try {
    await tryOn(server, address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (address.host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await tryOn(server, { ...address, host: '0.0.0.0' });
  }
}

function tryOn(server: Pick<Server, 'listen' | 'once' | 'off'>, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
