import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer, type ServerOptions as SecureOptions } from 'node:https';
import type { Socket } from 'node:net';

/** Connections at a time: of one server, and of one address. The first is larger, so that one client cannot keep all others out. */
const mostConnections = 256;
const mostOfOneAddress = 64;

const limits: ServerOptions = {
  maxHeaderSize: 8 << 10,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

/** An HTTP server that no client can occupy: headers, bodies, times and connections have limits. With `tls`, HTTPS. */
export function createLimitedServer(listener: RequestListener, tls?: SecureOptions): Server {
  const server = tls
    ? createSecureServer({ ...limits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 5000 }, listener)
    : createServer(limits, listener);
  // Without a listener, a failure to accept a connection would end the process.
  server.on('error', () => undefined);
  server.maxConnections = mostConnections;
  server.maxHeadersCount = 64;
  server.maxRequestsPerSocket = 1000;
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    // A socket in the file system has no addresses: only one user reaches it.
    const address = socket.remoteAddress;
    if (address === undefined) return;
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left === 0) counts.delete(address);
      else counts.set(address, left);
    });
    if (count > mostOfOneAddress) socket.destroy();
  });
  return server;
}
