import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';
import { freePort } from '../../support/ports.js';

/** A TCP proxy on loopback that fails on command. It knows nothing of what it forwards, so its server may use TLS. */
export interface TcpProxy {
  readonly port: number;
  readonly server: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Resets all present connections. New ones are served. */
  cut(): void;
  /** Resets every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Ends the effect of `refuse`. */
  serve(): Promise<void>;
  /** Forwards nothing on the present connections and leaves them open. New ones are served. */
  strand(): void;
}

const started = new Set<TcpProxy>();

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const port = await freePort();
  const pairs = new Map<Socket, Socket>();
  let accepted = 0;
  let server: Server | undefined;

  function accept(near: Socket): void {
    accepted += 1;
    const far = connect(targetPort, '127.0.0.1');
    pairs.set(near, far);
    near.pipe(far);
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one
        .on('error', () => undefined)
        .on('close', () => {
          other.destroy();
          pairs.delete(near);
        });
  }

  function cut(): void {
    for (const near of pairs.keys()) near.resetAndDestroy();
  }

  async function serve(): Promise<void> {
    const opened = createServer({ noDelay: true }, accept);
    server = opened;
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }

  async function refuse(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    cut();
    await closed;
  }

  await serve();
  const proxy: TcpProxy = {
    port,
    server: `https://127.0.0.1:${port}`,
    get accepted() {
      return accepted;
    },
    cut,
    refuse,
    serve,
    strand() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
  };
  started.add(proxy);
  return proxy;
}

afterAll(async () => {
  for (const proxy of started) await proxy.refuse();
});
