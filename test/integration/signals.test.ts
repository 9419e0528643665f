import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Line } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const sources = [{ name: 'services', prefix: '/signals/' }];
const changed = ({ msg }: Line): boolean => msg.startsWith('outputs changed');
const inForce = ({ msg }: Line): boolean => msg === 'the new config is in force';
const refused = ({ msg }: Line): boolean => msg === 'the new config is refused, the old one runs on';

describeWith('etcd', 'rollcall run', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/signals/web/1', '192.0.2.1:80');
  });

  const target = (more: object = {}, name = 'web') => ({
    name,
    files: [{ path: `${name}.txt`, template: './a.hbs', dialect: 'none' }],
    ...more,
  });
  async function start(config: object, template = '{{#each services}}{{name}}{{/each}}\n') {
    const place = await createPlace(etcd, { sources, ...config });
    await writeFile(place.at('a.hbs'), template);
    return { place, process: startRollcall(['run', '-c', place.file]) };
  }
  const output = (place: Place, name = 'web') => readFile(place.at(`${name}.txt`), 'utf8');
  const pidsOf = async (place: Place) => Number(await readFile(place.at('pid'), 'utf8'));

  it('finishes the running reload when it gets SIGTERM, and exits 0', async () => {
    const slow = ['sh', '-c', 'echo $$ > pid; while ! test -e go; do sleep 0.05; done; echo done > done'];
    const { place, process } = await start({ targets: [target({ reload: { command: slow } })] });
    await until(() => pidsOf(place), { what: 'the running reload' });
    process.send('SIGTERM');
    await process.line(({ msg }) => msg.startsWith('stopping'), 'that it stops');
    await writeFile(place.at('go'), '');
    const { code } = await process.ended;
    expect(code).toBe(0);
    expect(await readFile(place.at('done'), 'utf8')).toBe('done\n');
    const [outcome, last] = process.lines().slice(-2);
    expect(outcome).toMatchObject({ result: 'reloaded' });
    expect(last).toMatchObject({ msg: 'stopped' });
  });

  it('ends at once on a second SIGTERM', async () => {
    const { place, process } = await start({
      targets: [target({ reload: { command: ['sh', '-c', 'echo $$ > pid; exec sleep 300'] } })],
    });
    const reload = await until(() => pidsOf(place), { what: 'the running reload' });
    process.send('SIGTERM');
    await process.line(({ msg }) => msg.startsWith('stopping'), 'that it stops');
    const sent = performance.now();
    const { code } = await process.end();
    expect(code).toBe(1);
    expect(performance.now() - sent).toBeLessThan(2000);
    await until(
      () => {
        try {
          globalThis.process.kill(reload, 0);
          return false;
        } catch {
          return true;
        }
      },
      { what: 'the end of the reload that it had started' },
    );
  });

  it('takes up a changed template and a changed config by itself, and SIGHUP at once', async () => {
    const { place, process } = await start({ targets: [target()] });
    await process.line(changed, 'the first output');
    await writeFile(place.at('a.hbs'), 'new {{#each services}}{{name}}{{/each}}\n');
    const asked = performance.now();
    await until(async () => (await output(place)) === 'new web\n', { what: 'the new template’s output' });
    expect(performance.now() - asked).toBeLessThan(6000);

    let from = process.lines().length;
    await place.write({ sources, targets: [target(), target({}, 'other')] });
    await process.line(inForce, 'the changed config', from);
    await until(async () => (await output(place, 'other')) === 'new web\n', { what: 'the new target’s output' });

    from = process.lines().length;
    process.send('SIGHUP');
    const line = await process.line(inForce, 'the config that was read on SIGHUP', from);
    expect(line.targets).toEqual(['web', 'other']);
    await process.end();
  });

  it('refuses a wrong new config with the position of its fault, runs on, and takes up the corrected one', async () => {
    const { place, process } = await start({ targets: [target()] });
    await process.line(changed, 'the first output');
    const right = await readFile(place.file, 'utf8');
    await writeFile(place.file, right.replace('targets:', 'tragets:'));
    const line = await process.line(refused, 'the refusal');
    expect(line).toMatchObject({ level: 'error', code: 'CONFIG_INVALID' });
    expect(line.error).toMatch(new RegExp(`^${place.file}:\\d+:1: tragets: unknown key\n`));
    expect(line.error).toContain('Did you mean `targets`?');
    await putKey(etcd, '/signals/api/1', '192.0.2.2:80');
    await until(async () => (await output(place)) === 'apiweb\n', { what: 'the old config still at work' });

    let from = process.lines().length;
    await writeFile(place.file, right);
    await writeFile(place.at('a.hbs'), '{{#each servces}}{{/each}}');
    expect(await process.line(refused, 'the refused template', from)).toMatchObject({ code: 'TEMPLATE_INVALID' });
    from = process.lines().length;
    await writeFile(place.at('a.hbs'), 'mended');
    await process.line(inForce, 'the mended template', from);
    await until(async () => (await output(place)) === 'mended', { what: 'the mended output' });

    from = process.lines().length;
    await rename(place.file, `${place.file}.away`);
    expect(await process.line(refused, 'the absent config', from)).toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    from = process.lines().length;
    await rename(`${place.file}.away`, place.file);
    await process.line(inForce, 'the config that came back', from);
    expect(process.lines().slice(from).filter(refused)).toEqual([]);
    await process.end();
  });

  it('leaves the files of a target that is removed from the config, and logs it', async () => {
    const { place, process } = await start({ targets: [target(), target({}, 'old')] });
    await process.line((line) => line.target === 'old' && changed(line), 'the first output');
    const { ino } = await stat(place.at('old.txt'));
    await place.write({ sources, targets: [target()] });
    const line = await process.line(
      ({ msg }) => msg.startsWith('the target is no longer in the config'),
      'that it says so',
    );
    expect(line).toMatchObject({ level: 'warn', target: 'old', outputs: [place.at('old.txt')] });
    expect((await stat(place.at('old.txt'))).ino).toBe(ino);
    await process.end();
  });
});
