import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from './ports.js';

it('gives a port that the kernel gives to no connection, and no port twice', async () => {
  const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
  const ports = [];
  for (let i = 0; i < 50; i++) ports.push(await freePort());
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(first);
});

it('gives no port on which a server listens', async () => {
  const before = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(before + 16, '127.0.0.1', resolve));
  expect(await freePort()).not.toBe(before + 16);
  await new Promise((resolve) => server.close(resolve));
});
