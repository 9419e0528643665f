// A process that holds registrations, with the library from dist/: node registering.mjs ENDPOINT COUNT TTL PREFIX
// It prints `ready MS` when etcd has all of them, and then each change as `KEY STATE REASON`. At SIGTERM, it deregisters, prints
// `gone MS` and ends.
import { connect } from '../dist/index.js';

const [endpoint, count, ttl, prefix] = process.argv.slice(2);
const registry = connect({ endpoints: [endpoint] });
const say = (line) => process.stdout.write(`${line}\n`);

const from = performance.now();
const registered = await Promise.all(
  Array.from({ length: Number(count) }, (_, n) =>
    registry.register(
      { service: 'web', id: String(n), address: `10.0.${n >> 8}.${n & 255}`, port: 8080 },
      { prefix, ttl: Number(ttl), timeout: 60_000 },
    ),
  ),
);
for (const one of registered) one.on('change', ({ state, reason }) => say(`${one.key} ${state} ${reason}`));
say(`ready ${performance.now() - from}`);

process.once('SIGTERM', async () => {
  const since = performance.now();
  await registry.close();
  say(`gone ${performance.now() - since}`);
});
