import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPlace, type Place } from '../support/config.js';
import { main, rollcall, startRollcall } from '../support/command.js';
import { describeWithNamespace, startFirst } from '../support/namespace.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';

/** Nothing listens there: who writes is decided before etcd is asked. */
const noEtcd = 'http://127.0.0.1:1';

const writing = (path: string): object => ({
  sources: [{ name: 'services', prefix: '/services/' }],
  targets: [{ name: 'nginx', files: [{ path, template: 'json' }] }],
});

/** Two such configs with the same path have the reverse zone in common, and nothing else. */
const writingZones = (path: string, zone: string): object => ({
  sources: [{ name: 'services', prefix: '/services/' }],
  targets: [
    {
      name: 'dns',
      zoneFile: {
        ...{ path: `${path}.${zone}`, zone, ns: ['ns1.example.com'] },
        reverse: [{ zone: '2.0.192.in-addr.arpa', path }],
      },
    },
  ],
});

it.each([
  ['file', writing, writing],
  [
    'reverse zone',
    (path: string) => writingZones(path, 'a.example'),
    (path: string) => writingZones(path, 'b.example'),
  ],
])(
  'is one: a second process that would write the same %s names the first one and ends',
  async (_what, one, another) => {
    const path = join(await tempDir(), 'out');
    const place = await createPlace(noEtcd, one(path));
    const first = startRollcall(['run', '-c', place.file]);
    await first.line(({ msg }) => msg === 'running', 'the first process');
    const other = await createPlace(noEtcd, another(path));
    const { code, stderr } = await rollcall(['run', '-c', other.file]);
    expect(code).toBe(1);
    expect(stderr).toContain('OUTPUT_LOCKED');
    expect(stderr).toContain(`with stateDir ${place.at('state')}`);
    await first.end();
    const second = startRollcall(['run', '-c', other.file]);
    await second.line(({ msg }) => msg === 'running', 'the second process, after the first has ended');
    await second.end();
  },
);

describeWithNamespace('in two containers on one volume', () => {
  const startIn = (place: Place) => startFirst([process.execPath, main, 'run', '-c', place.file]);

  it('is one: the second process sees the heartbeat of the first, and takes over after it was killed', async () => {
    const place = await createPlace(noEtcd, writing(join(await tempDir(), 'out.json')));
    const first = await startIn(place);
    await until(() => first.stdout().includes('"running"') || first.stderr().includes('"running"'), {
      what: 'the first',
    });
    const { code, stderr } = await rollcall(['run', '-c', place.file]);
    expect(code).toBe(1);
    expect(stderr).toContain('STATE_LOCKED');
    expect(stderr).toContain('of another container or machine');
    first.send('SIGKILL');
    await first.ended;
    const next = startRollcall(['run', '-c', place.file]);
    await next.line(({ msg }) => msg === 'running', 'the next process');
    expect(JSON.parse(await readFile(place.at('state', 'lock'), 'utf8'))).toMatchObject({ pid: next.pid });
    await next.end();
    expect(await readdir(place.at('state'))).not.toContain('lock');
  });
});
