import { connect, createServer, type Server, type Socket } from 'node:net';
import { atEnd } from './at-end.js';
import { freePort } from './ports.js';

export interface Proxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Resets all present connections. New ones are served. */
  cut(): void;
  /** Resets every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Ends the effect of `refuse`, `swallow` and `delay`. */
  serve(): Promise<void>;
  /** Forwards nothing in either direction, on present and new connections. All stay open. */
  swallow(): void;
  /** Forwards nothing on the present connections and leaves them open. New ones are served. */
  strand(): void;
  /** Delays all bytes of the server by this number of milliseconds. */
  delay(ms: number): void;
  /** Resets all connections after this number of further bytes from the server. */
  cutAfter(bytes: number): void;
  /** Ends the connection right after each of the next `times` answers that confirm a watch, before any event. */
  cutAfterCreated(times: number): void;
  close(): Promise<void>;
}

const started = new Set<Proxy>();

/** A TCP proxy on loopback that fails on command. It reads HTTP/2 frames, so its server must not use TLS. @param at its port; default: a free one */
export async function startProxy(targetPort: number, at?: number): Promise<Proxy> {
  const port = at ?? (await freePort());
  const pairs = new Map<Socket, Socket>();
  const stranded = new WeakSet<Socket>();
  const ending = new WeakSet<Socket>();
  let mode: 'serve' | 'swallow' = 'serve';
  let held = 0;
  let allowance = Infinity;
  let createdLeft = 0;
  let accepted = 0;
  let server: Server | undefined;

  function cut(): void {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
    pairs.clear();
  }

  function pass(near: Socket, frame: Buffer): void {
    if (near.destroyed || ending.has(near)) return;
    if (frame.length > allowance) {
      near.write(frame.subarray(0, allowance), cutSoon);
      allowance = Infinity;
      return;
    }
    allowance -= frame.length;
    if (createdLeft > 0 && isCreated(frame)) {
      createdLeft -= 1;
      // From here on, the server gets nothing from this socket. Do not reset it: the client would lose an answer that it has
      // not read yet.
      ending.add(near);
      pairs.get(near)?.destroy();
      near.end(frame);
      return;
    }
    near.write(frame);
  }

  function cutSoon(): void {
    setTimeout(cut, 5);
  }

  function accept(near: Socket): void {
    accepted += 1;
    near.on('error', ignore);
    const far = connect(targetPort, '127.0.0.1');
    far.on('error', ignore);
    pairs.set(near, far);
    const whole = frames();
    near.on('data', (chunk) => {
      if (mode === 'serve' && !stranded.has(near) && !ending.has(near)) far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (mode !== 'serve' || stranded.has(near)) return;
      for (const frame of whole(chunk)) {
        if (held === 0) pass(near, frame);
        else setTimeout(pass, held, near, frame);
      }
    });
    far.on('close', () => {
      if (mode === 'serve' && !ending.has(near)) near.destroySoon();
    });
    near.on('close', () => {
      far.destroy();
      pairs.delete(near);
    });
  }

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      server = createServer({ noDelay: true }, accept);
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        resolve();
      });
    });
  }

  async function unlisten(): Promise<void> {
    const ending = server;
    server = undefined;
    if (ending === undefined) return;
    const closed = new Promise((resolve) => ending.close(resolve));
    cut();
    await closed;
  }

  await listen();
  const proxy: Proxy = {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    cut,
    refuse: unlisten,
    async serve() {
      if (mode === 'swallow') cut();
      mode = 'serve';
      held = 0;
      if (server === undefined) await listen();
    },
    swallow() {
      mode = 'swallow';
    },
    strand() {
      for (const near of pairs.keys()) stranded.add(near);
    },
    delay(ms) {
      held = ms;
    },
    cutAfter(bytes) {
      allowance = bytes;
    },
    cutAfterCreated(times) {
      createdLeft = times;
    },
    async close() {
      await unlisten();
      started.delete(proxy);
    },
  };
  started.add(proxy);
  return proxy;
}

/** Splits a stream of HTTP/2 frames (RFC 9113, section 4.1): 24 bits of length, type, flags, stream. */
function frames(): (chunk: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const out: Buffer[] = [];
    while (rest.length >= 9) {
      const size = 9 + rest.readUIntBE(0, 3);
      if (rest.length < size) break;
      out.push(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
    return out;
  };
}

/** A DATA frame of one gRPC message that is a header (field 1) and `created: true` (field 3), and nothing else. */
function isCreated(frame: Buffer): boolean {
  const message = frame.subarray(9 + 5);
  if (frame[3] !== 0 || message.length < 4 || message[0] !== 0x0a) return false;
  const header = 2 + (message[1] ?? 0);
  return message.length === header + 2 && message[header] === 0x18 && message[header + 1] === 1;
}

function ignore(): void {
  // A reset socket emits an error. That is expected here.
}

atEnd(async () => {
  for (const proxy of started) await proxy.close();
});
