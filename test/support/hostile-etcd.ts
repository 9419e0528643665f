import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createRequire } from 'node:module';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { atEnd } from './at-end.js';

// etcd's own description of its API encodes the answers of this server, and not the code under test.
const services = loadSync(createRequire(import.meta.url).resolve('etcd3/proto/rpc.proto'), {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});

/** A request, decoded by etcd's description: every field is present, 64-bit numbers are decimal. */
export type Request = Readonly<Record<string, unknown>>;

/** One call of a client. */
export interface Call {
  readonly stream: ServerHttp2Stream;
  /** Begins the answer; `send` and `end` do so themselves. */
  readonly open: (headers?: Readonly<Record<string, string | number>>) => void;
  /** Sends a message in one gRPC frame: an object to encode, or raw bytes. False when the client reads slowly. */
  readonly send: (message: object | Buffer) => boolean;
  /** Trailers, and the end of the stream. */
  readonly end: (status?: number, message?: string) => void;
}

/** Handles each request of a call; a watch has several. */
export type Behaviour = (request: Request, call: Call) => void;

/** Behaviours by method, such as `KV/Range`. The answer to any other method is UNIMPLEMENTED. */
export type Behaviours = Readonly<Record<string, Behaviour>>;

export interface HostileEtcd {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Methods in the order in which they were called. */
  readonly calls: readonly string[];
  /** Replaces the behaviours and ends the present connections. */
  turn(next: Behaviours | ((socket: Socket) => void)): void;
  /** Ends every connection and releases the port. */
  close(): Promise<void>;
}

const started = new Set<HostileEtcd>();

/**
 * A hostile server in the place of etcd: on loopback, it implements HTTP/2 and gRPC by hand
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), and answers as the test says. If `behaviours` is a function, it
 * gets the raw connections.
 */
export async function startHostileEtcd(
  behaviours: Behaviours | ((socket: Socket) => void),
  port = 0,
): Promise<HostileEtcd> {
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let current = behaviours;
  const http2: Http2Server = createServer({ maxSessionMemory: 4096 });
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('error', ignore).on('close', () => sessions.delete(session));
  });
  http2.on('stream', (stream, headers) => {
    stream.on('error', ignore);
    const path = String(headers[':path']);
    const method = path.replace(/^\/etcdserverpb\./, '');
    calls.push(method);
    if (typeof current !== 'function') answer(stream, method, current[method]);
  });
  // A separate TCP server accepts the sockets, so that a test can use one without HTTP/2.
  const tcp: Server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', ignore).on('close', () => sockets.delete(socket));
    if (typeof current === 'function') {
      calls.push('connection');
      current(socket);
    } else http2.emit('connection', socket);
  });
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  const given = (tcp.address() as AddressInfo).port;

  const hang = (): void => {
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const hostile: HostileEtcd = {
    port: given,
    endpoint: `http://127.0.0.1:${given}`,
    calls,
    turn(next) {
      current = next;
      hang();
    },
    async close() {
      started.delete(hostile);
      const closed = new Promise((resolve) => tcp.close(resolve));
      hang();
      await closed;
    },
  };
  started.add(hostile);
  return hostile;
}

function answer(stream: ServerHttp2Stream, path: string, behaviour: Behaviour | undefined): void {
  const [service = '', name = ''] = path.split('/');
  const known = (services[`etcdserverpb.${service}`] as ServiceDefinition | undefined)?.[name];
  let isOpen = false;
  let trailers: Record<string, string> = {};
  const call: Call = {
    stream,
    open(headers = {}) {
      if (isOpen || stream.destroyed) return;
      isOpen = true;
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc+proto', ...headers },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers(trailers);
      });
    },
    send(message) {
      call.open();
      if (stream.destroyed) return false;
      return stream.write(frame(Buffer.isBuffer(message) ? message : encode(known, message)));
    },
    end(status = 0, message = '') {
      trailers = { 'grpc-status': String(status), 'grpc-message': message };
      call.open();
      if (!stream.destroyed) stream.end();
    },
  };
  if (known === undefined || behaviour === undefined) {
    call.end(12, 'nothing is made of this');
    return;
  }
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const size = rest.readUInt32BE(1);
      behaviour(known.requestDeserialize(rest.subarray(5, 5 + size)) as Request, call);
      rest = rest.subarray(5 + size);
    }
  });
}

function encode(method: MethodDefinition<object, object> | undefined, message: object): Buffer {
  if (method === undefined) throw new Error('only bytes can be said of a method that etcd does not have');
  return method.responseSerialize(message);
}

/** A message with its gRPC prefix: a flag (1: compressed) and 32 bits of length. */
export function frame(message: Buffer, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** Sends without end, as fast as the client reads, until the stream ends. `next` returns the bytes of each write. */
export function pour({ stream }: Call, next: () => Buffer): void {
  const more = (): void => {
    while (!stream.destroyed && stream.write(next()));
    if (!stream.destroyed) stream.once('drain', more);
  };
  more();
}

function ignore(): void {
  // Clients reset their streams when they leave this server, as they should.
}

atEnd(async () => {
  for (const hostile of started) await hostile.close();
});
