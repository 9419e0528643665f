import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { startPrometheus, type Prometheus } from '../support/prometheus.js';

const rules = join(import.meta.dirname, '../../monitoring/rollcall.rules.yml');

/** How the copy differs: what is minutes in the rules is a second or some in it. */
const shorter: readonly [RegExp, string][] = [
  [/for: \d+m/g, 'for: 1s'],
  [/\[15m\]/g, '[8s]'],
  [/> 300/g, '> 1'],
  [/< 60\)/g, '< 1)'],
];

/** Milliseconds for which no second alert may follow the first: longer than every time of the copy. */
const watched = 3000;

describeWith('etcd', 'a real process with a real etcd', () => {
  describeWith('prometheus', 'that a real Prometheus scrapes', () => {
    let etcd: EtcdServer;
    let place: Place;
    let prometheus: Prometheus;
    let config: object;

    beforeAll(async () => {
      etcd = await startEtcd();
      for (const id of [1, 2, 3, 4, 5, 6]) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
      place = await createPlace(etcd, {});
      const port = await freePort();
      await writeFile(
        place.at('out.hbs'),
        '{{#each services}}{{name}}{{#each instances}} {{host}}{{/each}}{{/each}}\n',
      );
      config = {
        admin: { listen: `127.0.0.1:${port}` },
        sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
        targets: [
          {
            name: 'nginx',
            files: [{ path: place.at('out'), template: './out.hbs' }],
            check: { command: ['sh', '-c', '! grep -q refuse "$0"', '{staged}'] },
            reload: { command: ['test', '!', '-e', place.at('reload-fails')], minInterval: '1ms' },
          },
          // A neighbour that no fault but those of etcd touches.
          { name: 'other', files: [{ path: place.at('other'), template: 'json' }], guard: 'off' },
        ],
      };
      await place.write(config);
      startRollcall(['run', '-c', place.file]);
      await writeFile(place.at('rules.yml'), await shortRules());
      prometheus = await startPrometheus(
        [
          'global: { scrape_interval: 200ms, evaluation_interval: 200ms }',
          `rule_files: ["${place.at('rules.yml')}"]`,
          `scrape_configs: [{ job_name: rollcall, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }]`,
        ].join('\n'),
      );
      await quiet();
    });

    afterAll(() => prometheus.stop());

    async function shortRules(): Promise<string> {
      const text = await readFile(rules, 'utf8');
      const short = shorter.reduce((before, [pattern, replacement]) => {
        expect(before).toMatch(pattern);
        return before.replace(pattern, replacement);
      }, text);
      expect(short).not.toMatch(/for: \d+m|\[\d+m\]/);
      return short;
    }

    /** Waits until nothing fires or is about to, for as long as an alert would need. */
    async function quiet(): Promise<void> {
      let since = performance.now();
      const isQuiet = async (): Promise<boolean> => {
        const { firing, pending } = await prometheus.alerts();
        if (firing.length + pending.length > 0) since = performance.now();
        return performance.now() - since > watched;
      };
      await until(isQuiet, { what: 'no alert', deadline: 60_000, every: 100 });
    }

    /** Waits for the first alert, and for those that follow it. @returns all that fired */
    async function fires(): Promise<readonly string[]> {
      const fired = new Set<string>();
      let since: number | undefined;
      const look = async (): Promise<boolean> => {
        for (const name of (await prometheus.alerts()).firing) fired.add(name);
        if (fired.size > 0) since ??= performance.now();
        return since !== undefined && performance.now() - since > watched;
      };
      await until(look, { what: 'an alert', deadline: 60_000, every: 100 });
      return [...fired].sort();
    }

    const refusing = '{{#each services}}refuse {{name}}{{/each}}\n';
    const put = (id: string, value: string) => putKey(etcd, `/services/web/${id}`, value);

    it.each<[fault: string, alert: string, begin: () => Promise<unknown>, end: () => Promise<unknown>]>([
      ['a dead etcd', 'RollcallWatchDead', () => etcd.kill(), () => etcd.start()],
      [
        'a check that refuses the outputs',
        'RollcallNotInStep',
        () => writeFile(place.at('out.hbs'), refusing),
        () =>
          writeFile(place.at('out.hbs'), '{{#each services}}{{name}}{{#each instances}} {{host}}{{/each}}{{/each}}\n'),
      ],
      [
        'a reload that fails',
        'RollcallPendingReload',
        async () => {
          await writeFile(place.at('reload-fails'), '');
          await put('7', '192.0.2.7:80');
        },
        () => rm(place.at('reload-fails')),
      ],
      [
        'so many services that leave at once that the guard holds them',
        'RollcallHolding',
        () => deleteKey(etcd, '/services/web/*'),
        async () => {
          for (const id of ['1', '2', '3', '4', '5', '6', '7']) await put(id, `192.0.2.${id}:80`);
        },
      ],
      [
        'a config that cannot be used',
        'RollcallConfigRefused',
        () => place.write({ ...config, nonsense: true }),
        () => place.write(config),
      ],
      [
        'a registration that no format reads',
        'RollcallRejectionsRising',
        () => put('bad', 'rubbish'),
        () => deleteKey(etcd, '/services/web/bad'),
      ],
      [
        'a service that the check refuses',
        'RollcallQuarantined',
        () => putKey(etcd, '/services/refuse/1', '192.0.2.99:80'),
        () => deleteKey(etcd, '/services/refuse/1'),
      ],
    ])('tells %s by %s alone, and is quiet after it', async (_fault, alert, begin, end) => {
      await begin();
      expect(await fires()).toEqual([alert]);
      await end();
      await quiet();
    });
  });
});
