// The service of rolling-restart.test.ts: `web.mjs --port N`. It answers with its pid, /hold when the file $RELEASE is there. At
// SIGTERM it finishes what it has begun, and ends. A test that was killed is over when $RELEASE's folder is.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';

const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
const release = process.env.RELEASE;
let held = 0;

const server = createServer(async (request, response) => {
  if (request.url === '/held') return response.end(String(held));
  if (request.url === '/hold') {
    held += 1;
    while (!existsSync(release)) await pause(10);
  } else if (request.url !== '/health') await pause(5);
  response.end(String(process.pid));
});
// Longer than nginx keeps its connections: otherwise one could be closed under a request.
server.keepAliveTimeout = 75_000;
server.listen(port, '127.0.0.1');

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});
setInterval(() => {
  if (!existsSync(dirname(release))) process.exit(1);
}, 1000);

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
