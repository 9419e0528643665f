import { createServer, Server, type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { listenOn } from '../../src/admin/listen-on.js';

/** A server of a machine whose kernel refuses some addresses. */
class Refusing extends Server {
  readonly codes: Readonly<Record<string, string>>;
  constructor(codes: Readonly<Record<string, string>>) {
    super();
    this.codes = codes;
  }
  override listen(...args: never[]): this {
    const [port, host, done] = args as unknown as [number, string, () => void];
    const code = this.codes[host];
    if (code === undefined) return super.listen(port, host, done);
    queueMicrotask(() => this.emit('error', Object.assign(new Error(code), { code })));
    return this;
  }
}

let server: Server | undefined;
afterEach(() => server?.close());

it.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])('without IPv6 (%s), all addresses are those of IPv4', async (code) => {
  server = new Refusing({ '::': code });
  await listenOn(server, { host: '::', port: 0 });
  expect((server.address() as AddressInfo).address).toBe('0.0.0.0');
  expect(server.listenerCount('error')).toBe(0);
});

it('no other address is replaced by another one', async () => {
  server = new Refusing({ '::1': 'EADDRNOTAVAIL', '::': 'EACCES' });
  await expect(listenOn(server, { host: '::1', port: 0 })).rejects.toThrow('EADDRNOTAVAIL');
  await expect(listenOn(server, { host: '::', port: 0 })).rejects.toThrow('EACCES');
});

it('a port that is in use is told', async () => {
  const other = createServer();
  await listenOn(other, { host: '127.0.0.1', port: 0 });
  server = createServer();
  const { port } = other.address() as AddressInfo;
  await expect(listenOn(server, { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
  other.close();
});
