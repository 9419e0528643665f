// What an edited template costs: range calls, and the put-to-file latency of another target while one edit follows the other.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { delaysOf, read, timePuts } from '../poller.mjs';
import { startProcess } from '../process.mjs';
import { prefix } from '../registrations.mjs';
import { percentile } from '../report/statistics.mjs';
import { until } from '../time.mjs';

const built = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const command = process.env.ROLLCALL?.split(' ') ?? [process.execPath, built];
const probePrefix = '/probe/';

const template = (mark) => `# edit ${mark}
{{#each services}}
upstream {{name}} {
{{#each instances}}
  server {{address}}:{{port}} weight={{weight}};
{{/each}}
}
{{/each}}
`;

/**
 * @param options.instances held by the source of the target whose template is edited; `updates` puts for the other target without and
 * with edits, `gap` ms apart
 * @returns ms and counts by name
 */
export async function measureEdits(registry, dir, { instances, updates, gap }) {
  await registry.fill({ instances });
  const out = join(dir, 'out');
  mkdirSync(out);
  const large = join(dir, 'large.hbs');
  const [edited, other, acts] = [join(out, 'large.conf'), join(out, 'other.conf'), join(out, 'acts')];
  writeFileSync(large, template(0));
  writeFileSync(acts, '');
  const targetOf = (name, source, path, file) => ({
    name,
    sources: [source],
    files: [{ path, template: file }],
    check: { command: ['sh', '-c', `echo check ${name} >> ${acts}`], isolated: false },
    reload: { command: ['sh', '-c', `echo reload ${name} >> ${acts}`], minInterval: '0s' },
  });
  writeFileSync(
    join(dir, 'other.hbs'),
    '{{#each services}}{{#each instances}}{{address}}:{{port}} ;{{/each}}{{/each}}\n',
  );
  const config = {
    etcd: { endpoints: [registry.endpoint] },
    stateDir: join(dir, 'state'),
    sources: [
      { name: 'services', prefix },
      { name: 'probe', prefix: probePrefix, format: 'plain' },
    ],
    targets: [targetOf('large', 'services', edited, './large.hbs'), targetOf('other', 'probe', other, './other.hbs')],
  };
  writeFileSync(join(dir, 'rollcall.yaml'), JSON.stringify(config));
  await registry.putKey(`${probePrefix}web/1`, '192.0.2.1:1000');

  const running = startProcess([...command, 'run', '--config', join(dir, 'rollcall.yaml')], dir);
  const actsOf = (name) =>
    read(acts)
      .split('\n')
      .filter((line) => line.endsWith(` ${name}`)).length;
  try {
    const isUp = () => read(edited).includes(`edit 0`) && read(other) !== '' && actsOf('other') >= 2;
    if ((await until(isUp, 60_000, 20)) === undefined) throw new Error(running.lastWords());
    await sleep(4000);
    const before = { ranges: await registry.countRanges(), acts: actsOf('other') };
    const quiet = await update(10_000);
    const rangesBetween = await registry.countRanges();

    let edits = 0;
    let over = false;
    const editing = (async () => {
      while (!over) {
        writeFileSync(large, template(++edits));
        const taken = await until(() => over || read(edited).includes(`edit ${edits}\n`), 60_000, 20);
        if (taken === undefined) throw new Error('an edit was never taken up');
      }
    })();
    const busy = await update(20_000);
    over = true;
    await editing;
    return {
      quietP50Ms: percentile(quiet, 0.5),
      quietP99Ms: percentile(quiet, 0.99),
      editedP50Ms: percentile(busy, 0.5),
      editedP90Ms: percentile(busy, 0.9),
      editedP99Ms: percentile(busy, 0.99),
      edits,
      ranges: (await registry.countRanges()) - rangesBetween,
      quietRanges: rangesBetween - before.ranges,
      // A check and a reload for each put, and none for an edit.
      checksAndReloads: actsOf('other') - before.acts,
    };
  } finally {
    await running.stop();
  }

  /** The delays of puts for the other target. */
  async function update(base) {
    const timed = await timePuts({
      ...{ dirs: [out], gap },
      hasNext: (u) => u < updates,
      next: (u) => ({
        file: other,
        wanted: `:${base + u} `,
        put: () => registry.putKey(`${probePrefix}web/1`, `192.0.2.1:${base + u}`),
      }),
    });
    return delaysOf(timed).delays;
  }
}
