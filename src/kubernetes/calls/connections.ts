import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../../ports/runtime.js';
import type { Material } from '../credentials/material.js';

/** Sends requests over connections that stay open for the next one. */
export interface Connections {
  /** Begins a request. The caller listens to it, writes its body, and ends it. */
  send(material: Material, options: RequestOptions & { readonly path: string }, how: SendOptions): ClientRequest;
  /** Monotonic milliseconds since the newest connection was made; `Infinity` before the first. */
  youngest(): number;
  /** Ends the idle connections: one of them has proved to be dead. */
  dropIdle(): void;
  /** Ends all connections. */
  close(): void;
}

export interface SendOptions {
  /** The answer comes for minutes. */
  readonly isWatch: boolean;
  /** The request has got a connection that is not open yet. Not called for one that is. */
  readonly connecting: () => void;
  /** Its connection is open, TLS included. Until then, nothing of the request has left this process. */
  readonly connected: () => void;
}

/** Connections at most for calls. More calls wait for a free one. Each watch has one of its own. */
const MAX_CONNECTIONS = 8;

interface Opened {
  readonly stamp: string;
  readonly calls: HttpAgent;
  readonly watches: HttpAgent;
}

/**
 * node:https and one keep-alive agent: a request on an open connection costs a tenth of the CPU time of a TLS handshake, and KubeConfig
 * makes options and proxies for exactly this kind of agent.
 */
export function createConnections(clock: Clock): Connections {
  let opened: Opened | undefined;
  let connectedAt = -Infinity;
  const open = new WeakSet<Socket>();

  function agentsOf(material: Material): Opened {
    if (opened?.stamp === material.connectionStamp) return opened;
    if (opened !== undefined) retire(opened);
    return (opened = {
      stamp: material.connectionStamp,
      calls: createAgent(material, MAX_CONNECTIONS),
      watches: createAgent(material, Infinity),
    });
  }

  return {
    send(material, options, { isWatch, connecting, connected }) {
      const agents = agentsOf(material);
      const url = new URL(material.server);
      const request = url.protocol === 'https:' ? requestHttps : requestHttp;
      const sent = request({
        ...options,
        agent: isWatch ? agents.watches : agents.calls,
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port,
        path: `${url.pathname.replace(/\/$/, '')}${options.path}`,
      });
      // `reusedSocket` of the request is no help: it is false for a request that has waited for a connection.
      sent.once('socket', (socket: Socket) => {
        if (open.has(socket)) {
          connected();
          return;
        }
        connecting();
        socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
          open.add(socket);
          connectedAt = clock.now();
          connected();
        });
      });
      return sent;
    },
    youngest: () => clock.now() - connectedAt,
    dropIdle() {
      if (opened !== undefined) for (const agent of [opened.calls, opened.watches]) endIdle(agent);
    },
    close() {
      for (const agent of opened === undefined ? [] : [opened.calls, opened.watches]) agent.destroy();
      opened = undefined;
    },
  };
}

function createAgent({ tls, proxyAgent, server }: Material, maxSockets: number): HttpAgent {
  const options = {
    keepAlive: true,
    keepAliveMsecs: 10_000,
    maxSockets,
    maxFreeSockets: 4,
    scheduling: 'lifo',
  } as const;
  if (proxyAgent !== undefined) return Object.assign(proxyAgent, options);
  return server.startsWith('https:') ? new Agent({ ...tls, ...options }) : new HttpAgent(options);
}

/** Lets requests in flight end, and keeps no connection after them. */
function retire({ calls, watches }: Opened): void {
  for (const agent of [calls, watches]) {
    endIdle(agent);
    agent.on('free', (socket: Socket) => {
      socket.destroy();
    });
  }
}

function endIdle(agent: HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Reads a body to its end. Undefined when it is longer than `limit` bytes. @throws the error that ends it early */
export async function readBody(answer: IncomingMessage, limit: number): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer) {
    pieces.push(piece as Buffer);
    size += (piece as Buffer).length;
    // Leaving the loop destroys the connection.
    if (size > limit) return undefined;
  }
  return Buffer.concat(pieces).toString('utf8');
}
