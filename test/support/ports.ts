import { createServer } from 'node:net';

const given = new Set<number>();

/** A free TCP port of the loopback address. Never returns the same port twice in one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => {
          if (address === null || typeof address === 'string') reject(new Error('no port was given'));
          else resolve(address.port);
        });
      });
    });
    if (!given.has(port)) {
      given.add(port);
      return port;
    }
  }
}
