import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';

/** A server on a free port of the loopback address. */
export interface Backend {
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers every HTTP request with its name, and `/health` too. */
export async function startBackend(name: string): Promise<Backend> {
  const server = createServer((_request, response) => response.end(name));
  return listen(server, () => {
    server.closeAllConnections();
  });
}

/** Sends its name to every client that connects, and closes the connection. */
export async function startTcpBackend(name: string): Promise<Backend> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy()).end(name);
  });
  return listen(server, () => undefined);
}

async function listen(server: Server, hangUp: () => void): Promise<Backend> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      hangUp();
      await closed;
    },
  };
}
