import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment, main } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { describeWithDisk, mountDisk } from '../support/disk.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** `rollcall run` with its log in a file. */
function startLogging(config: string, log: string) {
  const line = 'log=$1; shift; exec "$@" 2>>"$log"';
  const child = spawn('bash', ['-c', line, 'bash', log, process.execPath, main, 'run', '-c', config], {
    stdio: 'ignore',
    env: environment(),
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  ends.push(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return {
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

describeWith('etcd', 'a log that cannot be written', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  const place = (prefix: string) =>
    createPlace(etcd, {
      sources: [{ name: 'services', prefix }],
      targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }],
    });

  it('loses only its lines', async () => {
    const { file, ...folder } = await place('/full/');
    const holds = (address: string) =>
      until(async () => (await readFile(folder.at('out.json'), 'utf8').catch(() => '')).includes(address), {
        what: address,
      });
    await putKey(etcd, '/full/web/1', '192.0.2.1:80');
    const daemon = startLogging(file, '/dev/full');
    await holds('192.0.2.1');
    await putKey(etcd, '/full/web/2', '192.0.2.2:80');
    await holds('192.0.2.2');
    expect(await daemon.stop()).toBe(0);
  });

  describeWithDisk('on a disk that fills up', () => {
    it('continues with whole lines when there is room again', async () => {
      const { file, ...folder } = await place('/disk/');
      const disk = mountDisk(folder.at('log'));
      const log = folder.at('log', 'rollcall.log');
      const holds = (address: string) =>
        until(async () => (await readFile(folder.at('out.json'), 'utf8').catch(() => '')).includes(address), {
          what: address,
        });
      const daemon = startLogging(file, log);
      const read = () => readFile(log, 'utf8').catch(() => '');
      for (let next = 1; next < 4; next += 1) {
        if (next === 2) await disk.fill();
        if (next === 3) await disk.empty();
        await putKey(etcd, '/disk/web/1', `192.0.2.${next}:80`);
        await holds(`192.0.2.${next}`);
      }
      expect(await daemon.stop()).toBe(0);
      const lines = (await read()).split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.at(-1)).toContain('"stopped"');
      const broken = lines.filter((line) => !line.endsWith('}'));
      expect(broken.length).toBeLessThanOrEqual(1);
    });
  });
});
