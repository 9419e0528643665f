import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { countRanges } from '../support/ranges.js';

const services = { name: 'services', prefix: '/services/', format: 'plain' };
const list = '{{#each services}}{{name}}{{#each instances}} {{port}}{{/each}}\n{{/each}}';

/** A target whose check and reload each write a line to `acts`. */
const target = (name: string, more: object = {}): object => ({
  name,
  files: [{ path: `${name}.out`, template: `./${name}.hbs`, dialect: 'none' }],
  check: { command: ['sh', '-c', `echo check ${name} >> acts`], isolated: false },
  reload: { command: ['sh', '-c', `echo reload ${name} >> acts`], minInterval: '1ms' },
  ...more,
});

const read = (place: Place, name: string): Promise<string> => readFile(place.at(name), 'utf8').catch(() => '');

async function acts(place: Place): Promise<string[]> {
  return (await read(place, 'acts')).trim().split('\n');
}

function holds(place: Place, name: string, text: string): Promise<unknown> {
  return until(async () => (await read(place, name)).includes(text), { what: `${text} in ${name}` });
}

/** Makes an edit, and waits until the new config is in force. */
async function edit(rollcall: Running, change: () => Promise<unknown>): Promise<void> {
  const from = rollcall.lines().length;
  await change();
  await rollcall.line(({ msg }) => msg === 'the new config is in force', 'the new config', from);
}

async function begin(etcd: EtcdServer, config: object, templates: readonly string[]) {
  const place = await createPlace(etcd, config);
  for (const name of templates) await writeFile(place.at(`${name}.hbs`), list);
  const rollcall = startRollcall(['run', '-c', place.file]);
  for (const name of templates)
    await rollcall.line(({ msg, target: of }) => of === name && msg.endsWith('and reloaded'), name);
  return { place, rollcall };
}

describeWith('etcd', 'a config that is edited while rollcall runs', () => {
  it('lists nothing again for an edited template, and leaves other targets alone', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const config = { sources: [services], targets: [target('a'), target('b')] };
    const { place, rollcall } = await begin(etcd, config, ['a', 'b']);
    const [ranges, before] = [await countRanges(etcd), await acts(place)];
    expect(before).toHaveLength(4);

    await edit(rollcall, () => writeFile(place.at('a.hbs'), `# edited\n${list}`));
    await holds(place, 'a.out', '# edited\nweb 8001');
    await until(async () => (await acts(place)).length === 6, { what: 'check and reload of the edited target' });
    expect((await acts(place)).slice(4)).toEqual(['check a', 'reload a']);
    expect(rollcall.lines().filter(({ msg }) => msg === 'listed')).toHaveLength(1);
    expect(await countRanges(etcd)).toBe(ranges);

    // Both still follow the same watch.
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    await holds(place, 'a.out', '8001 8002');
    await holds(place, 'b.out', '8001 8002');
    expect(await countRanges(etcd)).toBe(ranges);
    await rollcall.end();
  });

  it('lists an added source alone, and nothing when a source goes', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    await putKey(etcd, '/more/api/1', '192.0.2.1:9001');
    const own = { sources: ['services'] };
    const config = { sources: [services], targets: [target('a', own)] };
    const { place, rollcall } = await begin(etcd, config, ['a']);
    const [ranges, before] = [await countRanges(etcd), await acts(place)];

    const more = { name: 'more', prefix: '/more/', format: 'plain' };
    await writeFile(place.at('b.hbs'), list);
    await edit(rollcall, () => place.write({ sources: [more, services], targets: [target('a', own), target('b')] }));
    await holds(place, 'b.out', 'api 9001\nweb 8001');
    const listed = () => rollcall.lines().filter(({ msg }) => msg === 'listed');
    expect(listed().map(({ source }) => source)).toEqual(['services', 'more']);
    expect(await countRanges(etcd)).toBe(ranges + 1);

    await edit(rollcall, () => place.write(config));
    await putKey(etcd, '/more/api/2', '192.0.2.1:9002');
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    await holds(place, 'a.out', '8002');
    expect(await read(place, 'b.out')).not.toContain('9002');
    expect(listed()).toHaveLength(2);
    const ofA = async () => (await acts(place)).filter((act) => act.endsWith(' a'));
    await until(async () => (await ofA()).length > 3, { what: 'the second reload' });
    expect(await ofA()).toEqual([...before, 'check a', 'reload a']);
    await rollcall.end();
  });

  it('lists on a changed etcd connection before it closes the old one', async () => {
    const [one, two] = await Promise.all([startEtcd(), startEtcd()]);
    await putKey(one, '/services/web/1', '192.0.2.1:8001');
    await putKey(two, '/services/web/1', '192.0.2.1:8801');
    const config = { sources: [services], targets: [target('a')] };
    const { place, rollcall } = await begin(one, config, ['a']);

    // Nothing ever listens on port 1: the old connection stays in use, and the log says so.
    const unused = 'http://127.0.0.1:1';
    await place.write({ ...config, etcd: { endpoints: [unused] } });
    const late = await rollcall.line(({ msg }) => msg.startsWith('the new etcd connection has not listed'), 'the wait');
    expect(late).toMatchObject({ level: 'warn', missing: ['services'] });
    await putKey(one, '/services/web/2', '192.0.2.1:8002');
    await holds(place, 'a.out', '8001 8002');

    // A newer config takes the place of the one that waits.
    await edit(rollcall, () => place.write({ ...config, etcd: { endpoints: [two.endpoint] } }));
    await holds(place, 'a.out', '8801');
    await one.kill();
    await putKey(two, '/services/web/2', '192.0.2.1:8802');
    await holds(place, 'a.out', '8801 8802');
    // No output was ever made from less than a whole list.
    const emptied = rollcall.lines().filter(({ deleted }) => deleted !== undefined && deleted !== 0);
    expect(emptied).toEqual([]);
    expect((await rollcall.end()).code).toBe(0);
  });

  it('changes to the new connection as soon as it has listed, however late that is', async () => {
    const [one, two] = await Promise.all([startEtcd(), startEtcd()]);
    await putKey(one, '/services/web/1', '192.0.2.1:8001');
    await putKey(two, '/services/web/1', '192.0.2.1:8801');
    await two.kill();
    const config = { sources: [services], targets: [target('a')] };
    const { place, rollcall } = await begin(one, config, ['a']);
    await place.write({ ...config, etcd: { endpoints: [two.endpoint] } });
    await rollcall.line(({ msg, endpoint }) => msg === 'waiting for etcd' && endpoint === two.endpoint, 'the attempt');
    expect(await read(place, 'a.out')).toBe('web 8001\n');
    await edit(rollcall, () => two.start());
    await holds(place, 'a.out', '8801');
    expect((await rollcall.end()).code).toBe(0);
  });

  it('keeps a minInterval that is under way', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const paced = (marker: string) =>
      target('a', { reload: { command: ['sh', '-c', `echo ${marker} >> acts`], minInterval: '1h' }, check: ['true'] });
    const { place, rollcall } = await begin(etcd, { sources: [services], targets: [paced('one')] }, ['a']);
    const from = rollcall.lines().length;
    await edit(rollcall, () => place.write({ sources: [services], targets: [paced('two')] }));
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    const pending = await rollcall.line(({ msg }) => msg === 'outputs changed, reload pending', 'the pause', from);
    expect(pending.againInMs).toBeGreaterThan(3_500_000);
    expect(await acts(place)).toEqual(['one']);
    await rollcall.end();
  });

  it('refuses another stateDir until a restart, and the old config runs on', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const config = { sources: [services], targets: [target('a')] };
    const { place, rollcall } = await begin(etcd, config, ['a']);
    await place.write({ ...config, stateDir: place.at('elsewhere') });
    const refused = await rollcall.line(({ code }) => code === 'RESTART_NEEDED', 'the refusal');
    expect(refused).toMatchObject({
      level: 'error',
      msg: 'the new config cannot be applied, the old one runs on',
      hint: expect.stringContaining('Restart rollcall') as string,
    });
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    await holds(place, 'a.out', '8001 8002');
    await rollcall.end();
  });

  it('hands over the files of a renamed target, including those of services that have gone', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    await putKey(etcd, '/services/old/1', '192.0.2.1:8002');
    const fan = (name: string): object => ({
      name,
      files: [
        { path: 'fan/{{service.name}}.conf', template: './one.hbs', forEach: 'service', dialect: 'none' },
        { path: 'all.out', template: './a.hbs', dialect: 'none' },
      ],
    });
    const place = await createPlace(etcd, { sources: [services], targets: [fan('before')] });
    await writeFile(place.at('one.hbs'), '{{service.name}}\n');
    await writeFile(place.at('a.hbs'), list);
    const rollcall = startRollcall(['run', '-c', place.file]);
    await holds(place, 'fan/old.conf', 'old');
    await edit(rollcall, () => place.write({ sources: [services], targets: [fan('after')] }));
    await deleteKey(etcd, '/services/old/1');
    // Only its owner removes a file.
    await until(async () => (await read(place, 'fan/old.conf')) === '', { what: 'the removal by the new name' });
    expect(await read(place, 'fan/web.conf')).toBe('web\n');
    expect(rollcall.stderr()).not.toContain('left as they are');

    // The old name owns nothing any more, and so removes nothing when it comes back beside the new one.
    const journal = await readFile(place.at('state', 'journals', 'before'), 'utf8');
    expect(journal).toContain('"owned":[]');
    await rollcall.end();
  });

  it('moves a file from one target to another, and removes what no target makes any more', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const files = (...names: string[]) =>
      names.map((name) => ({ path: `${name}.out`, template: './a.hbs', dialect: 'none' }));
    const config = (...targets: string[][]): object => ({
      sources: [services],
      targets: targets.map((names, index) => ({ name: `t${index}`, files: files(...names) })),
    });
    const place = await createPlace(etcd, config(['one', 'two', 'three'], ['four']));
    await writeFile(place.at('a.hbs'), list);
    const rollcall = startRollcall(['run', '-c', place.file]);
    for (const name of ['one', 'two', 'three', 'four']) await holds(place, `${name}.out`, 'web 8001');
    await edit(rollcall, () => place.write(config(['one'], ['two', 'four'])));
    await until(async () => (await read(place, 'three.out')) === '', { what: 'the removal of three.out' });
    const deleted = () => rollcall.lines().reduce((sum, line) => sum + Number(line.deleted ?? 0), 0);
    await until(() => deleted() === 1, { what: 'its line in the log' });
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    for (const name of ['one', 'two', 'four']) await holds(place, `${name}.out`, 'web 8001 8002');
    expect(deleted()).toBe(1);
    await edit(rollcall, () => place.write(config(['one'], ['four'])));
    await until(async () => (await read(place, 'two.out')) === '', { what: 'the removal of two.out' });
    expect(
      rollcall
        .lines()
        .filter(({ level, leaseless }) => level === 'error' || (level === 'warn' && leaseless === undefined)),
    ).toEqual([]);
    await rollcall.end();
  });

  it('swaps the names of two targets without a moment in which a file is missing', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const files = (name: string) => [{ path: `${name}.out`, template: './a.hbs', dialect: 'none' }];
    const config = (a: string, b: string): object => ({
      sources: [services],
      targets: [
        { name: 'a', files: files(a) },
        { name: 'b', files: files(b) },
      ],
    });
    const place = await createPlace(etcd, config('one', 'two'));
    await writeFile(place.at('a.hbs'), list);
    const rollcall = startRollcall(['run', '-c', place.file]);
    for (const name of ['one', 'two']) await holds(place, `${name}.out`, '8001');
    await edit(rollcall, () => place.write(config('two', 'one')));
    await putKey(etcd, '/services/web/2', '192.0.2.1:8002');
    for (const name of ['one', 'two']) await holds(place, `${name}.out`, '8001 8002');
    expect(rollcall.lines().filter(({ deleted }) => Number(deleted) > 0)).toEqual([]);
    const owned = async (name: string) => readFile(place.at('state', 'journals', name), 'utf8');
    expect(await owned('a')).toContain(`"owned":["${place.at('two.out')}"]`);
    expect(await owned('b')).toContain(`"owned":["${place.at('one.out')}"]`);
    await rollcall.end();
  });

  it('reloads the consumer of a target that takes a file over, and loses no pending reload by it', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:8001');
    const command = ['sh', '-c', 'test -e allowed && echo reload >> acts'];
    const named = (name: string): object => ({
      sources: [services],
      targets: [
        {
          name,
          files: [{ path: 'one.out', template: './a.hbs', dialect: 'none' }],
          reload: { command, minInterval: '1ms' },
        },
      ],
    });
    const place = await createPlace(etcd, named('a'));
    await writeFile(place.at('a.hbs'), list);
    await writeFile(place.at('allowed'), '');
    const rollcall = startRollcall(['run', '-c', place.file]);
    await until(async () => (await acts(place)).length === 1 && (await read(place, 'acts')) !== '', {
      what: 'a reload',
    });
    await rm(place.at('allowed'));
    await edit(rollcall, () => place.write(named('b')));
    await rollcall.line(({ target: of, code }) => of === 'b' && code === 'RELOAD_FAILED', 'the failed reload of b');
    await edit(rollcall, () => place.write(named('a')));
    await writeFile(place.at('allowed'), '');
    await until(async () => (await acts(place)).length === 2, {
      what: 'the reload that was pending under the other name',
    });
    await rollcall.end();
  });

  it('removes nothing when a filter is edited while etcd is down, and keeps the last good snapshot', async () => {
    const etcd = await startEtcd();
    const tagged = (id: string, tag: string): Promise<void> =>
      putKey(etcd, `/services/web/${id}`, JSON.stringify({ address: '192.0.2.1', port: Number(id), tags: [tag] }));
    await tagged('8001', 'blue');
    await tagged('8002', 'green');
    const config = (...tags: string[]): object => ({
      sources: [{ ...services, format: 'json', select: { tags } }],
      targets: [target('a')],
    });
    const { place, rollcall } = await begin(etcd, config('blue'), ['a']);
    const snapshot = (): Promise<string> => readFile(place.at('state', 'snapshot'), 'utf8').catch(() => '');
    await until(async () => (await snapshot()).includes('8001'), { what: 'the last good snapshot' });
    await etcd.kill();
    await rollcall.line(({ msg }) => msg === 'waiting for etcd', 'the outage');
    const from = rollcall.lines().length;
    await edit(rollcall, () => place.write(config('green')));
    await rollcall.line(({ msg, target: of }) => msg === 'waiting' && of === 'a', 'that the target waits', from);
    await rollcall.line(
      ({ msg, source }) => msg === 'waiting for etcd' && source === 'services',
      'the new source',
      from,
    );
    expect(await read(place, 'a.out')).toBe('web 8001\n');
    expect(await snapshot()).toContain('8001');
    // A start in this state waits, too.
    await rollcall.end();
    const again = startRollcall(['run', '-c', place.file]);
    await again.line(({ msg }) => msg === 'waiting for etcd', 'the outage at the start');
    expect(await read(place, 'a.out')).toBe('web 8001\n');
    await etcd.start();
    await holds(place, 'a.out', 'web 8002');
    await again.end();
  });
});
