import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const targets = [{ name: 'web', files: [{ path: 'web.json', template: 'json' }] }];

describeWith('etcd', 'the format of a source with `format: auto`', () => {
  let etcd: EtcdServer;
  let count = 0;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  async function createWorld() {
    const prefix = `/auto-${++count}/`;
    const place = await createPlace(etcd, { sources: [{ name: 'services', prefix }], targets });
    const read = (): Promise<string> => readFile(place.at('web.json'), 'utf8').catch(() => '');
    return {
      prefix,
      place,
      put: (key: string, value: unknown) => putKey(etcd, prefix + key, value),
      start: () => startRollcall(['run', '-c', place.file]),
      holds: (text: string) => until(async () => (await read()).includes(text), { what: text }),
      read,
      formatNow: async () => {
        const { stdout } = await rollcall(['services', '-c', place.file, '-o', 'json']);
        return (JSON.parse(stdout) as { sources: { format: string }[] }).sources[0]?.format;
      },
    };
  }
  const object = (id: number) => ({ ip: `192.0.2.${id}`, port: 80 });

  it('is decided again when most keys are of another one, and kept over a restart', async () => {
    const { place, put, start, holds, read, formatNow, prefix } = await createWorld();
    await put('stray/1', '198.51.100.1:80');
    const first = start();
    await holds('198.51.100.1');
    expect(await first.line(({ msg }) => msg.startsWith('format decided: plain'), 'the decision')).toMatchObject({
      level: 'info',
      msg: 'format decided: plain, by 1 of 1 keys; write `format` in this source to decide it yourself',
    });
    await put('web/1', object(1));
    const rejected = await first.line(({ msg }) => msg === 'registration rejected', 'the rejection');
    expect(rejected).toMatchObject({
      key: `${prefix}web/1`,
      reason: 'the value is a JSON object, not host:port or a URL; `format: json` reads it',
    });
    await first.line(
      ({ msg }) =>
        msg ===
        `its format is plain, but 1 of 2 keys is json, such as "${prefix}web/1": write \`format: json\` if they are right, or \`format: plain\` if the others are`,
      'the advice',
    );
    for (const id of [2, 3, 4, 5]) await put(`web/${id}`, object(id));
    await holds('192.0.2.5');
    expect(await read()).not.toContain('198.51.100.1');
    const again = await first.line(({ from }) => from === 'plain', 'the second decision');
    expect(again).toMatchObject({ level: 'warn', source: 'services', format: 'json', against: 1 });
    expect(await formatNow()).toBe('json');
    expect(await first.end()).toMatchObject({ code: 0 });

    for (const id of [2, 3, 4, 5, 6, 7, 8, 9]) await put(`evil/${id}`, `198.51.100.${id}:80`);
    for (const key of ['stray/1', 'web/3', 'web/4', 'web/5']) await deleteKey(etcd, prefix + key);
    await put('web/6', object(6));
    const second = start();
    await holds('192.0.2.6');
    expect(await formatNow()).toBe('json');
    const { stderr } = await rollcall(['services', '-c', place.file]);
    expect(stderr).toContain('source services: its format is json, but 8 of 11 keys are plain');
    expect(await second.end()).toMatchObject({ code: 0 });
  });

  it('is not changed by a registrant who may write below one directory, however many keys it writes', async () => {
    const { put, start, holds, formatNow } = await createWorld();
    await put('web/1', object(1));
    await put('api/1', object(2));
    const running = start();
    await holds('192.0.2.2');
    for (let id = 1; id <= 40; id++) await put(`evil/${id}`, `198.51.100.${id}:80`);
    await put('web/2', object(3));
    await holds('192.0.2.3');
    expect(await formatNow()).toBe('json');
    expect(running.lines().filter(({ from }) => from !== undefined)).toEqual([]);
    expect(await running.end()).toMatchObject({ code: 0 });
  });

  it('does not depend on the key that comes first: one list with the same keys gives the same', async () => {
    const { put, formatNow, start, holds } = await createWorld();
    await put('a-stray/1', '198.51.100.1:80');
    for (const id of [1, 2, 3, 4, 5]) await put(`web/${id}`, object(id));
    expect(await formatNow()).toBe('json');
    const running = start();
    await holds('192.0.2.5');
    expect(await running.end()).toMatchObject({ code: 0 });
  });
});
