import { once } from 'node:events';
import { Agent, request, createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll } from 'vitest';
import { freePort } from '../../support/ports.js';
import type { ControlPlane } from './control-plane.js';
import { refuse as answerWith } from './fake-api.js';

/** One request as the proxy hears it. */
export interface HeardCall {
  readonly method: string;
  readonly path: string;
}

/**
 * What happens to a request instead of being served. `lost`: the API server carries it out, and the connection breaks before the answer.
 * `silent`: nothing.
 */
export type Fault =
  'lost' | 'silent' | { readonly status: number; readonly reason: string; readonly headers?: Record<string, string> };

/** A proxy in front of an API server that fails on command. */
export interface FaultProxy {
  readonly server: string;
  readonly heard: readonly HeardCall[];
  /** Asks `choose` about each request from now on. Undefined: the API server serves it. */
  fail(choose: (call: HeardCall) => Fault | undefined): void;
  /** Serves all requests again. */
  heal(): void;
  /** Resets every connection, and refuses new ones until `serve`. */
  refuse(): Promise<void>;
  serve(): Promise<void>;
}

const closing: (() => Promise<void>)[] = [];

export async function startFaultProxy(plane: ControlPlane): Promise<FaultProxy> {
  const port = await freePort();
  const agent = new Agent({ keepAlive: true, ca: plane.authority.cert });
  const certificate = plane.authority.issue(['127.0.0.1']);
  const sockets = new Set<Socket>();
  const heard: HeardCall[] = [];
  let choose: (call: HeardCall) => Fault | undefined = () => undefined;
  let server: Server | undefined;

  function forward(asked: IncomingMessage, response: ServerResponse, isLost: boolean): void {
    const { method, url = '/', headers } = asked;
    const onward = request(`${plane.server}${url}`, { method, headers, agent }, (answer) => {
      if (isLost) {
        answer.resume();
        response.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    asked.pipe(onward);
  }

  function serveOne(asked: IncomingMessage, response: ServerResponse): void {
    const call = { method: asked.method ?? '', path: asked.url ?? '' };
    heard.push(call);
    const fault = choose(call);
    if (fault === undefined || fault === 'lost') {
      forward(asked, response, fault === 'lost');
      return;
    }
    asked.resume();
    if (fault !== 'silent')
      asked.on('end', () => {
        answerWith(response, fault.status, fault.reason, fault.headers);
      });
  }

  async function serve(): Promise<void> {
    server = createServer({ cert: certificate.cert, key: certificate.key }, serveOne);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  async function refuse(): Promise<void> {
    const ended = server;
    server = undefined;
    if (!ended) return;
    const closed = new Promise((resolve) => ended.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  }

  await serve();
  closing.push(async () => {
    await refuse();
    agent.destroy();
  });
  return {
    server: `https://127.0.0.1:${port}`,
    heard,
    fail(chosen) {
      choose = chosen;
    },
    heal() {
      choose = () => undefined;
    },
    refuse,
    serve,
  };
}

afterAll(async () => {
  for (const close of closing) await close();
});
