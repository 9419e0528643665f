import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { startEtcd } from '../support/etcd.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/poll.js';
import { watchesOf } from '../client/discovery/recorder.js';
import { createProject } from './page.js';

/** Opens and closes sets many times, prints its open handles before and after the last close, and ends. */
const program = `
import { connect } from 'rollcall';
const registry = connect({ endpoints: ['http://127.0.0.1:2379'] });
const kept = await registry.discover('kept');
const held = () => {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
async function cycle(n) {
  const set = await registry.discover(n % 3 === 0 ? 'shared' : \`web-\${n}\`);
  set.on('change', () => undefined).on('stale', () => undefined);
  const reader = set[Symbol.asyncIterator]();
  const next = n % 2 === 0 ? reader.next() : undefined;
  if (n % 5 === 0) await reader.return();
  await set.close();
  await next;
}
async function fail(n) {
  const stop = new AbortController();
  const waiting = registry.discover(\`none-\${n}\`, { signal: stop.signal, timeout: 60_000 });
  stop.abort();
  await waiting.catch(() => undefined);
}
const round = async (from, count) => {
  for (let n = from; n < from + count; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => ((n + i) % 10 === 9 ? fail(n + i) : cycle(n + i))));
  // Streams that were closed in this turn of the event loop have ended.
  await new Promise((resolve) => setTimeout(resolve, 100));
};
await round(0, 200);
const early = held();
await round(200, 2000);
const late = held();
console.log(JSON.stringify({ early, late, instances: kept.instances().length }));
process.once('SIGUSR2', async () => {
  await registry.close();
  console.log('closed');
});
`;

describeWith('etcd', 'the library', () => {
  it('leaves no watch, timer or socket behind in thousands of sets, and lets the process end', async () => {
    const etcd = await startEtcd();
    const folder = await createProject({ 'cycles.mjs': program }, etcd.endpoint);
    const running = startRollcall([], { script: join(folder, 'cycles.mjs'), cwd: folder });
    const said = await until(() => running.stdout().split('\n')[0], { deadline: 120_000, what: running.stderr() });
    const { early, late, instances } = JSON.parse(said) as { early: object; late: object; instances: number };
    expect(instances).toBe(0);
    // One set is still open: the handles are the same after 2,200 other sets as after 200.
    expect(late).toEqual(early);
    await until(async () => (await watchesOf(etcd)) === 1, { deadline: 20_000, what: 'one watch in etcd' });
    running.send('SIGUSR2');
    expect(await running.ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: `${said}\nclosed\n` });
    await until(async () => (await watchesOf(etcd)) === 0, { deadline: 20_000, what: 'no watch in etcd' });
    await etcd.stop();
  });

  it('runs nothing before the first call, and nothing after a failed `discover`', async () => {
    const port = await freePort();
    const folder = await createProject({}, '');
    const script = join(folder, 'fails.mjs');
    await writeFile(
      script,
      `import { connect } from 'rollcall';
connect({ endpoints: ['http://127.0.0.1:${port}'] });
const registry = connect({ endpoints: ['http://127.0.0.1:${port}'] });
await registry.discover('web', { timeout: 200 }).catch(({ code }) => console.log(code));
await registry.close();
`,
    );
    const ended = await rollcall([], { script, cwd: folder });
    expect(ended).toMatchObject({ code: 0, stdout: 'ETCD_UNREACHABLE\n', stderr: '' });
  });
});
