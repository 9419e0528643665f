import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { splitCommand } from '../../src/process/split.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { runs } from '../support/processes.js';
import { tempDir } from '../support/temp.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/howto/rolling-restarts.md'), 'utf8');
const deadline = 30_000;

/** The fenced block of the page that contains the text, without its indentation. */
function blockWith(language: string, text: string): string {
  const all = [...page.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)];
  const found = all.filter(([, , name, body = '']) => name === language && body.includes(text));
  expect(found, text).toHaveLength(1);
  const [, indent = '', , body = ''] = found[0] ?? [];
  return body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** The arguments of `rollcall` for an instance on a port of this test, with the service of this test. */
function lineOf(text: string, port: number): string[] {
  const split = splitCommand(blockWith('sh', text).trim());
  if (!('argv' in split)) throw new Error(split.problem);
  const words = split.argv.slice(1).map((word) => word.replaceAll('10.0.0.1:8080', `127.0.0.1:${port}`));
  const command = words.lastIndexOf('web');
  expect(words.slice(command)).toEqual(['web', '--port', '8080']);
  return [...words.slice(0, command), process.execPath, join(import.meta.dirname, 'web.mjs'), '--port', String(port)];
}

/** The body of a 200, or what went wrong, on a connection of its own. */
function ask(port: number, path = '/'): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', (error) => {
        resolve(`cut: ${error.message}`);
      });
      response.on('end', () => {
        resolve(response.statusCode === 200 ? body : `status ${String(response.statusCode)}`);
      });
    });
    sent.on('error', (error) => {
      resolve(`no answer: ${error.message}`);
    });
    sent.end();
  });
}

/** Clients that send the next request as soon as one is answered, until they are stopped. */
function startLoad(port: number, clients: number) {
  let going = true;
  /** How often each answer was received. */
  const answers = new Map<string, number>();
  const loops = Array.from({ length: clients }, async () => {
    while (going) {
      const answer = await ask(port);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  });
  return {
    answers,
    async end() {
      going = false;
      await Promise.all(loops);
    },
  };
}

describeWith('etcd', 'instances under rollcall register', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.stop());

  describeWith('nginx', 'three behind an nginx kept by rollcall run', () => {
    let place: Place;
    let nginx: Nginx;
    let rollcall: Running;
    let instances: Instance[];

    interface Instance {
      readonly port: number;
      readonly key: string;
      register: Running;
      /** Of the service. */
      pid: number;
    }

    beforeEach(async () => {
      place = await createPlace(etcd, {});
      const upstreams = place.at('upstreams.conf');
      await writeFile(upstreams, 'upstream rc_web { server 255.255.255.255:1 down; }\n');
      const conf = blockWith('nginx', 'proxy_pass');
      nginx = await startNginx({
        // No retry may hide a request that was sent to the wrong instance.
        conf: (port) => `include ${upstreams};\nproxy_next_upstream off;\n${conf.replace('80', `127.0.0.1:${port}`)}`,
      });
      const { sources, targets } = parse(blockWith('yaml', 'sources:')) as {
        sources: object[];
        targets: { files: object[]; reload: object }[];
      };
      const [target] = targets;
      const reload = { command: [...nginx.command, '-s', 'reload'], minInterval: '100ms' };
      await place.write({
        sources,
        targets: [
          {
            ...target,
            files: [{ ...target?.files[0], path: upstreams }],
            check: [...nginx.command, '-t'],
            reload: { ...target?.reload, ...reload },
          },
        ],
      });
      rollcall = startRollcall(['run', '-c', place.file]);
      instances = [];
      for (let i = 0; i < 3; i++) instances.push(await startInstance(await freePort()));
      for (const { pid } of instances) await serves(pid);
    });
    afterEach(async () => {
      // A service that is killed is deregistered at once.
      for (const { pid } of instances) if (runs(pid)) process.kill(pid, 'SIGKILL');
      await Promise.all(instances.map(({ register }) => register.ended));
      await rollcall.end();
      await nginx.stop();
    });

    async function startInstance(port: number, ttl = '10s'): Promise<Instance> {
      const [name = '', ...rest] = lineOf('--drain', port);
      const line = [name, '--ttl', ttl, ...rest];
      // Long enough for the reload, which waits for no other reload here.
      line[line.indexOf('--drain') + 1] = '5s';
      const env = { ETCDCTL_ENDPOINTS: etcd.endpoint, RELEASE: place.at('release') };
      const register = startRollcall(line, { env });
      const { pid } = await register.line(({ msg }) => msg === 'the command has started', 'the service');
      return { port, key: `/services/web/127.0.0.1:${port}`, register, pid: Number(pid) };
    }

    /** nginx sends requests to the service with this pid. */
    async function serves(pid: number): Promise<void> {
      const asked = async () =>
        (await Promise.all(Array.from({ length: 6 }, () => ask(nginx.port)))).includes(String(pid));
      await until(asked, { what: `an answer of ${pid}`, deadline });
    }

    const upstreams = () => readFile(place.at('upstreams.conf'), 'utf8');
    const statusOf = async ({ key }: Instance): Promise<unknown> => {
      const value = (await readKeys(etcd, '/services/'))[key];
      return value === undefined ? undefined : (JSON.parse(value) as { status: string }).status;
    };

    it('are restarted one after the other, and no request is lost', { timeout: 180_000 }, async () => {
      const [first] = instances;
      if (first === undefined) throw new Error('there is none');
      const load = startLoad(nginx.port, 4);
      const holds: Promise<string>[] = [];
      // A request that takes longer than the rest of the test: its instance is not ended while it runs.
      const holding = async () => {
        holds.push(ask(nginx.port, '/hold'));
        return (await ask(first.port, '/held')) !== '0';
      };
      await until(holding, { what: 'a request that the first instance holds', every: 50, deadline });
      const pids = instances.map(({ pid }) => pid);
      for (const instance of instances) {
        instance.register.send('SIGTERM');
        await until(async () => (await statusOf(instance)) === 'draining', { what: 'the draining', deadline });
        await until(async () => (await upstreams()).includes(`127.0.0.1:${instance.port} down`), {
          what: 'down',
          deadline,
        });
        expect(runs(instance.pid)).toBe(true);
        if (instance === first) await writeFile(place.at('release'), '');
        expect(await instance.register.ended).toMatchObject({ code: 0 });
        expect(await statusOf(instance)).toBeUndefined();
        Object.assign(instance, await startInstance(instance.port));
        await serves(instance.pid);
        pids.push(instance.pid);
      }
      await until(() => load.answers.has(String(pids.at(-1))), {
        what: 'an answer of the last one to the load',
        deadline,
      });
      await load.end();
      const expected = new Set(pids.map(String));
      const lost = [...load.answers].filter(([answer]) => !expected.has(answer));
      expect(lost).toEqual([]);
      // All six instances answered requests, so requests could have been lost.
      expect([...load.answers.keys()].sort()).toEqual([...expected].sort());
      for (const answer of await Promise.all(holds)) expect(expected).toContain(answer);
    });

    it('lose one that is killed: its key goes at once, and rollcall ends with its code', async () => {
      const [killed] = instances;
      if (killed === undefined) throw new Error('there is none');
      process.kill(killed.pid, 'SIGKILL');
      expect(await killed.register.ended).toMatchObject({ code: 137 });
      expect(await statusOf(killed)).toBeUndefined();
      await until(async () => !(await upstreams()).includes(`:${killed.port}`), { what: 'its end in nginx', deadline });
      const answers = () => Promise.all(Array.from({ length: 12 }, () => ask(nginx.port)));
      const allAnswered = async () => (await answers()).every((answer) => /^\d+$/.test(answer));
      await until(allAnswered, { what: 'no 502', deadline });
    });

    it('lose a rollcall that is killed: the service goes on until its key is gone, and no request is lost', async () => {
      const left = await startInstance(await freePort(), '3s');
      instances.push(left);
      await serves(left.pid);
      const load = startLoad(nginx.port, 2);
      left.register.send('SIGKILL');
      await until(() => !runs(left.register.pid), { what: 'its end', deadline });
      await until(async () => (await statusOf(left)) === undefined, { what: 'the end of its lease', deadline });
      await until(async () => !(await upstreams()).includes(`:${left.port}`), { what: 'its end in nginx', deadline });
      expect(await ask(left.port)).toBe(String(left.pid));
      await load.end();
      expect([...load.answers.keys()].sort()).toEqual(instances.map(({ pid }) => String(pid)).sort());
    });
  });

  describeWith('setpriv', 'and setpriv', () => {
    it('end with their rollcall', async () => {
      const port = await freePort();
      const env = { ETCDCTL_ENDPOINTS: etcd.endpoint, RELEASE: join(await tempDir(), 'release') };
      const register = startRollcall(lineOf('setpriv', port), { env });
      const pid = () => ask(port);
      await until(async () => /^\d+$/.test(await pid()), { what: 'the service', deadline });
      const service = Number(await pid());
      register.send('SIGKILL');
      await until(() => !runs(service), { what: 'the end of the service', deadline });
    });
  });
});
