import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { main } from '../support/command.js';
import { startEtcd } from '../support/etcd.js';
import { readKeys } from '../support/keys.js';
import { describeWithNamespace, startFirst } from '../support/namespace.js';
import { until } from '../support/poll.js';
import { isZombie } from '../support/processes.js';

const deadline = 30_000;

// A service that starts a process which loses its parent, and that writes a word at SIGTERM.
const service = `
trap 'echo "the service ends"; exit 9' TERM
sh -c 'exec 3<&0; (read word <&3; echo "the orphan has $word") & exit 0'
echo "the service runs"
while :; do sleep 0.05; done`;

describeWith('etcd', 'with a real etcd', () => {
  describeWithNamespace('rollcall register as process 1', () => {
    it('registers, reaps what the service leaves behind, deregisters at SIGTERM and exits with the code of the service', async () => {
      const etcd = await startEtcd();
      const options = ['--check', 'none', '--drain', '0s', '--endpoints', etcd.endpoint];
      const first = await startFirst([main, 'register', 'web', '192.0.2.1:80', ...options, '--', 'sh', '-c', service]);
      const says = (text: string) =>
        until(() => first.stdout().includes(`${text}\n`), { what: `${text} (${first.stderr()})`, deadline });
      const keys = async () => Object.keys(await readKeys(etcd, '/services/'));
      await says('the service runs');
      await until(async () => (await keys()).length === 1, { what: 'the registration', deadline });
      // rollcall, and the orphan.
      await until(() => first.children().length === 2, { what: 'the orphan', deadline });
      first.write('ended\n');
      await says('the orphan has ended');
      await until(() => first.children().length === 1, { what: 'its reaping', deadline });
      expect(first.children().some(isZombie)).toBe(false);
      first.send('SIGTERM');
      expect(await first.ended).toEqual({ code: 9, signal: null });
      expect(first.stdout()).toContain('the service ends\n');
      expect(await keys()).toEqual([]);
      await etcd.stop();
    });
  });
});
