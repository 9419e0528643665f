import type { Server } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { AppOptions } from './app.js';
import { createAppOnRequest } from './first-request.js';
import { createLimitedServer } from './limited-server.js';
import type { ListenAddress } from './listen.js';
import { listenOn } from './listen-on.js';
import { listenOnSocket } from './socket.js';

export type ServerDeps = Omit<AppOptions, 'via' | 'hosts'>;

/** Something that answers requests. */
export interface Listening {
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Answers on the socket of the state directory, whose lock the caller holds. @throws as `listenOnSocket` */
export async function serveSocket(stateDir: string, deps: ServerDeps): Promise<Listening> {
  const app = createAppOnRequest({ ...deps, via: 'socket', hosts: [] });
  let closeSocket: () => Promise<void>;
  try {
    closeSocket = await listenOnSocket(createLimitedServer(app.listener), stateDir);
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    async close() {
      await app.close();
      await closeSocket();
    },
  };
}

/** Answers over HTTP. @throws the error of the system, such as EADDRINUSE */
export async function serveHttp(
  { host, port }: ListenAddress,
  tls: ServerOptions | undefined,
  deps: ServerDeps,
): Promise<Listening> {
  const app = createAppOnRequest({ ...deps, via: 'tcp', hosts: [host.toLowerCase()] });
  let server: Server;
  try {
    const limited = (server = createLimitedServer(app.listener, tls));
    await listenOn(limited, { host, port });
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    async close() {
      await app.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
