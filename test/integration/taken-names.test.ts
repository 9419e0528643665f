import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';

const consumers = [
  {
    consumer: 'nginx',
    template: 'nginx-upstreams',
    main: 'pid nginx.pid; error_log stderr; events {} http { upstream web { server 192.0.2.9:80; } include out.conf; }',
    check: ['nginx', '-t', '-p', '.', '-c', 'main.conf', '-e', 'stderr'],
    complaint: /duplicate upstream "web" in .*out\.conf:\d+/,
    written: 'upstream rc_web {',
  },
  {
    consumer: 'haproxy',
    template: 'haproxy-backends',
    main: 'frontend front\n    bind 127.0.0.1:1\n    default_backend web\nbackend web\n    server mine 192.0.2.9:80\n',
    check: ['haproxy', '-c', '-f', 'main.conf', '-f', 'out.conf'],
    complaint: /'web' has the same name as .*'web' declared at main\.conf:4/,
    written: 'backend rc_web\n',
  },
];

describeWith('etcd', 'a service with a name that the user’s own config has already', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/taken/web/1', '192.0.2.1:80');
  });

  for (const { consumer, template, main, check, complaint, written } of consumers)
    describeWith(consumer, `of ${consumer}`, () => {
      it('is refused with the consumer’s own words and a hint, and a prefix solves it', async () => {
        const config = (vars: object): object => ({
          sources: [{ name: 'services', prefix: '/taken/' }],
          targets: [{ name: 'web', vars, files: [{ path: 'out.conf', template }], check }],
        });
        const place = await createPlace(etcd, config({}));
        await writeFile(place.at('main.conf'), main);
        await writeFile(place.at('out.conf'), '');
        const refused = await rollcall(['run', '--once', '-c', place.file]);
        expect(refused).toMatchObject({ code: 1, stdout: 'web: refused, the old outputs stay\n' });
        const lines = refused.stderr
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as object);
        expect(lines).toContainEqual(
          expect.objectContaining({
            code: 'CHECK_REFUSED',
            error: expect.stringMatching(complaint) as string,
            hint: expect.stringContaining('`vars: { prefix: rc_ }`') as string,
          }),
        );
        expect(await readFile(place.at('out.conf'), 'utf8')).toBe('');
        await place.write(config({ prefix: 'rc_' }));
        expect(await rollcall(['run', '--once', '-c', place.file])).toMatchObject({ code: 0 });
        expect(await readFile(place.at('out.conf'), 'utf8')).toContain(written);
      });
    });
});
