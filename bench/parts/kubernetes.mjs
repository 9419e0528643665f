// How long a put needs to become a ConfigMap of a real API server, beside one apply by the same API server without rollcall.
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startControlPlane } from '../../scripts/quickstart/control-plane.mjs';
import { startProcess } from '../process.mjs';
import { prefix } from '../registrations.mjs';
import { percentile } from '../report/statistics.mjs';
import { until } from '../time.mjs';
import { usageOf } from '../usage.mjs';

const built = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const command = process.env.ROLLCALL?.split(' ') ?? [process.execPath, built];
const configMaps = '/api/v1/namespaces/default/configmaps';

/** The block of the one target: one ConfigMap with all services, or one for each service. */
const blocks = {
  one: { name: 'upstreams', data: { 'upstreams.conf': { template: 'nginx-upstreams' } } },
  each: { name: 'svc-{{service.name}}', forEach: 'service', data: { 'service.conf': { template: './service.hbs' } } },
};
const service = '{{!-- rollcall: {dialect: none} --}}{{#each service.instances}}{{host}}:{{port}}\n{{/each}}';

/**
 * @param options.instances in 200 services; `updates` puts, `gap` ms apart
 * @returns records of part `kubernetes`
 */
export async function measureKubernetes(session, { instances, updates, gap, medium = 'tmpfs' }) {
  const common = { part: 'kubernetes', instances, medium, run: 1 };
  for (const [name, title] of Object.entries({
    apply: 'one apply, without rollcall',
    one: 'one ConfigMap of all services',
    each: 'one of 200 ConfigMaps',
  })) {
    const figures = await session.withRegistry(medium, async (registry, dir) => {
      const plane = await startControlPlane(join(dir, 'cluster'), { controllers: false });
      try {
        return name === 'apply'
          ? await measureApply(plane, { instances, updates, gap })
          : await measurePuts(plane, registry, { dir, block: blocks[name], instances, updates, gap });
      } finally {
        await plane.stop();
      }
    });
    session.emit({ ...common, name, title, ...figures });
  }
}

/** The text of an object of the size that rollcall would write, with a mark of its own. */
const textOf = (instances, mark) => `${'    server 10.0.0.1:1000 weight=10;\n'.repeat(instances)}# ${mark};\n`;

async function measureApply(plane, { instances, updates, gap }) {
  const watch = watchConfigMaps(plane);
  const apply = (mark) =>
    plane.api(
      'PATCH',
      `${configMaps}/upstreams?fieldManager=bench&force=true`,
      {
        ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'upstreams' } },
        data: { 'upstreams.conf': textOf(instances, mark) },
      },
      'application/apply-patch+yaml',
    );
  try {
    await watch.opened;
    const delays = await timeEach(watch, { updates, gap }, (u) => ({ wanted: `# u${u};`, act: () => apply(`u${u}`) }));
    return { p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99) };
  } finally {
    watch.stop();
  }
}

async function measurePuts(plane, registry, { dir, block, instances, updates, gap }) {
  await registry.fill({ instances, services: 200 });
  writeFileSync(join(dir, 'service.hbs'), service);
  writeFileSync(join(dir, 'kubeconfig'), plane.kubeconfigOf(plane.token), { mode: 0o600 });
  const config = {
    etcd: { endpoints: [registry.endpoint] },
    stateDir: join(dir, 'state'),
    kubernetes: { kubeconfig: './kubeconfig', namespace: 'default' },
    sources: [{ name: 'services', prefix }],
    targets: [{ name: 'cluster', configMap: block, guard: 'off' }],
  };
  writeFileSync(join(dir, 'rollcall.yaml'), JSON.stringify(config));
  const watch = watchConfigMaps(plane);
  const running = startProcess([...command, 'run', '--config', join(dir, 'rollcall.yaml')], dir);
  try {
    const wanted = block.forEach ? Math.min(200, instances) : 1;
    const from = performance.now();
    const isUp = async () => (await plane.api('GET', configMaps)).body.items?.length >= wanted;
    if ((await until(isUp, 120_000, 20)) === undefined) throw new Error(running.lastWords());
    const coldMs = performance.now() - from;
    await sleep(3000);
    const before = usageOf(running.pid);
    const delays = await timeEach(watch, { updates, gap }, (u) => ({
      wanted: `:${10_000 + u}`,
      act: () => registry.put(7, 10_000 + u),
    }));
    const after = usageOf(running.pid);
    return {
      ...{ p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99), coldMs, rssMb: after.rssMb },
      cpuMs: (after.cpuMs - before.cpuMs) / updates,
    };
  } finally {
    watch.stop();
    await running.stop();
  }
}

/** The milliseconds from the begin of each act until a watch has the object with the wanted text. */
async function timeEach(watch, { updates, gap }, next) {
  const delays = [];
  for (let u = 0; u < updates; u++) {
    const { wanted, act } = next(u);
    const seen = watch.when(wanted);
    const from = performance.now();
    await act();
    delays.push((await seen) - from);
    await sleep(gap);
  }
  return delays;
}

/** Follows all ConfigMaps by a watch of its own. */
function watchConfigMaps({ server, ca, token }) {
  const waiting = new Map();
  const asked = request(`${server}${configMaps}?watch=true`, {
    ...{ ca: readFileSync(ca), headers: { authorization: `Bearer ${token}` }, agent: false },
  });
  const opened = new Promise((resolve, reject) => {
    asked.on('error', reject).on('response', (answer) => {
      resolve();
      let rest = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        const at = performance.now();
        for (const [text, found] of waiting)
          if (lines.some((line) => line.includes(text))) {
            waiting.delete(text);
            found(at);
          }
      });
      answer.on('error', () => undefined);
    });
  });
  opened.catch(() => undefined);
  asked.end();
  return {
    opened,
    when: (text) => new Promise((resolve) => waiting.set(text, resolve)),
    stop: () => asked.destroy(),
  };
}
