import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Each worker takes every 16th port, from a random one on. So two workers never take the same one. */
const workers = 16;
/** Below it are the ports of well-known programs. */
const lowest = 10_000;

const slots = Math.floor((firstEphemeral() - lowest) / workers);
const worker = Number(process.env.VITEST_POOL_ID ?? process.pid) % workers;
let slot = Math.floor(Math.random() * slots);

/**
 * A free TCP port of the loopback address. Never returns the same port twice in one process.
 *
 * The kernel gives no connection this port as its own: it takes those from `ip_local_port_range`, and this port is below
 * that range. So a server can give the port up and take it again later.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < slots; tried++) {
    slot = (slot + 1) % slots;
    const port = lowest + slot * workers + worker;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${lowest} to ${firstEphemeral()} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** The first port that the kernel gives to connections: https://docs.kernel.org/networking/ip-sysctl.html */
function firstEphemeral(): number {
  return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
}
