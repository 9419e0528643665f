import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll } from 'vitest';
import type { Kubernetes } from '../../../src/kubernetes/client.js';
import type { KubernetesOptions } from '../../../src/kubernetes/options.js';
import { connectWith } from './connect.js';
import { writeKubeconfig } from './kubeconfig.js';

export interface HeardRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The number of the connection, from 1. */
  readonly connection: number;
}

export interface FakeApi {
  /** `http://127.0.0.1:PORT` */
  readonly server: string;
  readonly heard: readonly HeardRequest[];
  /** Connections that are open now. */
  open(): number;
}

/** Answers request number `n`, from 1. */
export type Handler = (n: number, response: ServerResponse, request: HeardRequest) => void;

const servers: Server[] = [];
const sockets = new Set<Socket>();

/** An HTTP server on loopback that answers what a test wants, for answers that no real API server gives on command. */
export async function startFakeApi(handler: Handler): Promise<FakeApi> {
  const heard: HeardRequest[] = [];
  const numbers = new WeakMap<Socket, number>();
  const own = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const item = { method, path: url, headers, body, connection: numbers.get(socket) ?? 0 };
      handler(heard.push(item), response, item);
    });
  });
  server.on('connection', (socket: Socket) => {
    numbers.set(socket, ++connections);
    for (const set of [own, sockets]) {
      set.add(socket);
      socket.once('close', () => set.delete(socket));
    }
    socket.on('error', () => undefined);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, open: () => own.size };
}

/** A client of such a server, with a user who has no credentials. */
export async function connectToFake(
  server: string,
  options: KubernetesOptions = {},
  user: object = {},
): Promise<Kubernetes> {
  return connectWith({ kubeconfig: await writeKubeconfig(server, user), ...options });
}

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a Status object. */
export function refuse(
  response: ServerResponse,
  code: number,
  reason: string,
  headers: Record<string, string> = {},
  details: object = {},
): void {
  answer(
    response,
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `${reason}!`, details },
    headers,
  );
}

export const configMapNamed = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '7' },
  ...more,
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
});
