import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { askByCommand } from '../../src/reload/command-maker.js';
import { askByHttp } from '../../src/reload/http-maker.js';
import { createHealthProbe } from '../../src/health/probe.js';
import type { Probe } from '../../src/probe/probe.js';
import type { Clock } from '../../src/ports/runtime.js';
import { freePort } from '../support/ports.js';
import { pidIn, runs } from '../support/processes.js';
import { tempDir } from '../support/temp.js';
import { context, runtimeIn } from '../reload/runtime.js';
import { describeProbe, type ProbeWorld } from './probe.js';

const opened: Server[] = [];

async function listen<S extends Server>(server: S): Promise<{ port: number; server: S }> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

afterEach(async () => {
  for (const server of opened.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** The world of a probe that sends an HTTP request to a server on loopback. */
function http(create: (port: number, clock: Clock) => Probe): ProbeWorld {
  const serve = async (answer: RequestListener) => (await listen(createHttp(answer))).port;
  return {
    passing: async (clock) => create(await serve((_request, response) => response.end('fine')), clock),
    failing: async (clock) => create(await serve((_request, response) => response.writeHead(503).end('bad')), clock),
    absent: async (clock) => create(await freePort(), clock),
    silent: async (clock) => {
      let begun = 0;
      let ended = 0;
      const port = await serve((request) => {
        begun += 1;
        request.socket.on('close', () => (ended += 1));
      });
      return { probe: create(port, clock), begun: () => begun > 0, isOver: () => ended === begun };
    },
  };
}

/** The world of a probe that runs a command in a directory. */
function command(create: (argv: readonly string[], dir: string, clock: Clock) => Probe): ProbeWorld {
  const running =
    (...argv: string[]) =>
    async (clock: Clock) =>
      create(argv, await tempDir(), clock);
  return {
    passing: running('true'),
    failing: running('false'),
    absent: running('/nowhere/at-all'),
    silent: async (clock) => {
      const dir = await tempDir();
      const pids = ['leader', 'other'].map((name) => join(dir, name));
      const script = `sleep 300 & echo $! > ${pids[1] ?? ''}; echo $$ > ${pids[0] ?? ''}; wait`;
      return {
        probe: create(['sh', '-c', script], dir, clock),
        begun: () => pids.every((path) => pidIn(path) !== undefined),
        isOver: () => pids.every((path) => !runs(Number(readFileSync(path, 'utf8')))),
      };
    },
  };
}

describeProbe(
  'GET, of a service’s health',
  http((port, clock) => createHealthProbe({ kind: 'http', url: new URL(`http://127.0.0.1:${port}/`) }, clock, {})),
);

describeProbe(
  'HTTP request, to a consumer',
  http((port, clock) => {
    const request = { url: `http://127.0.0.1:${port}/`, method: 'POST', headers: {} };
    return askByHttp({ http: request }, runtimeIn('/', { clock })).probe(context);
  }),
);

describeProbe('TCP connection', {
  passing: async (clock) => {
    const { port } = await listen(createTcp((socket) => socket.on('error', () => undefined).resume()));
    return createHealthProbe({ kind: 'tcp', host: '127.0.0.1', port }, clock, {});
  },
  absent: async (clock) => createHealthProbe({ kind: 'tcp', host: '127.0.0.1', port: await freePort() }, clock, {}),
});

describeProbe(
  'command, of a service’s health',
  command((argv, _dir, clock) => createHealthProbe({ kind: 'command', argv }, clock, { PATH: process.env.PATH })),
);

describeProbe(
  'command, to a consumer',
  command((argv, dir, clock) => askByCommand({ command: argv }, runtimeIn(dir, { clock })).probe(context)),
);
