import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runAgent, type Agent } from '../../src/agent/agent.js';
import { planRegistration } from '../../src/agent/plan.js';
import { createEtcd } from '../../src/etcd/client.js';
import { watchPort } from '../../src/process/port-owner.js';
import { readStat } from '../../src/process/proc.js';
import { createRegistrar } from '../../src/registrar/registrar.js';
import { realClock as clock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The pid of a process that has ended, and that its living parent never reaps. */
async function startZombie(): Promise<number> {
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(() => parent.kill('SIGKILL'));
  let said = '';
  parent.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const pid = Number(await until(() => /^\d+$/m.exec(said)?.[0], { what: 'a pid' }));
  await until(() => readStat(pid).zombie, { what: 'the end of the process' });
  return pid;
}

/** Starts another process's listener, and an agent whose command has this pid. The command's end is not reported. */
async function startAgent(pidOf: (port: number) => Promise<number> | number) {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const plan = await planRegistration(
    {
      service: 'web',
      addressArgument: `127.0.0.1:${port}`,
      options: { ttl: 10_000, format: 'json' },
      check: undefined,
      checkOptions: { interval: 20 },
      onUnhealthy: 'withdraw',
      drain: 0,
      killAfter: 1000,
      command: ['serve'],
      etcd: { endpoints: ['http://127.0.0.1:1'] },
    },
    {},
    await tempDir(),
  );
  const log = memoryLog();
  const runtime = { clock, random: Math.random, log, env: {} };
  const etcd = createEtcd(plan.connection, runtime);
  let end = (): void => undefined;
  const ended = new Promise<{ code: number; signal: null }>((resolve) => {
    end = () => {
      resolve({ code: 3, signal: null });
    };
  });
  const child = { pid: await pidOf(port), ended, send: () => true };
  const ports = watchPort({ address: '127.0.0.1', port });
  const agent: Agent = runAgent({ plan, child, ports, registrar: createRegistrar(etcd, runtime), runtime });
  ends.push(
    () => {
      etcd.close();
    },
    async () => {
      end();
      agent.stop('SIGTERM');
      await agent.over;
    },
  );
  return { log, accepted: () => accepted };
}

describe.runIf(process.platform === 'linux')('the first connection that the port of a command accepts', () => {
  it('does not register a command that is dead, even before its end is reported', async () => {
    const { log, accepted } = await startAgent(startZombie);
    await until(() => accepted() >= 3, { what: 'three probes' });
    expect(log.lines.filter(({ message }) => message.endsWith('registering'))).toEqual([]);
    const line = await until(() => log.lines.find(({ message }) => message.endsWith('the command has ended')));
    expect(line.message).toBe('check: was accepted by another process: the command has ended');
  });

  it('registers the process that listens, and says so', async () => {
    const { log } = await startAgent(() => process.pid);
    const line = await until(() => log.lines.find(({ message }) => message.endsWith('registering')));
    expect(line).toMatchObject({
      message: 'the port accepts connections: registering',
      fields: { listener: 'command' },
    });
  });
});
