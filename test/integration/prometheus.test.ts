import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startPrometheus } from '../support/prometheus.js';

describeWith('etcd', 'from a key in etcd', () => {
  describeWith('prometheus', 'to what Prometheus scrapes', () => {
    it('finds targets and their labels, and follows without a reload', async () => {
      const etcd = await startEtcd();
      const place = await createPlace(etcd, {});
      const file = place.at('targets.json');
      const prometheus = await startPrometheus(
        [
          'global: { scrape_interval: 1h }',
          'scrape_configs:',
          '  - job_name: rollcall',
          `    file_sd_configs: [{ files: ["${file}"] }]`,
          '    relabel_configs:',
          '      - { source_labels: [__meta_rollcall_tags], regex: ".*,hidden,.*", action: drop }',
          '      - { source_labels: [__meta_rollcall_metadata_team_name], target_label: team }',
        ].join('\n'),
      );
      await place.write({
        sources: [{ name: 'services', prefix: '/prom/' }],
        targets: [{ name: 'prometheus', files: [{ path: file, template: 'prometheus-file-sd' }] }],
      });
      const urls = async (): Promise<string> =>
        (await prometheus.targets()).map(({ scrapeUrl }) => scrapeUrl).join(' ');
      const wait = (expected: string): Promise<unknown> =>
        until(async () => (await urls()) === expected, { what: expected, deadline: 20_000 });

      await putKey(etcd, '/prom/web/1', {
        ...{ address: '2001:db8::1', port: 9100, scheme: 'https', version: '1"2\\n', tags: ['a', 'b'] },
        metadata: { 'team-name': 'red {{x}}', 'team.name': 'blue' },
      });
      await putKey(etcd, '/prom/web/2', { address: '192.0.2.2', port: 9100, tags: ['a', 'hidden'] });
      await putKey(etcd, '/prom/web/3', { address: '192.0.2.3', port: 9100, status: 'critical' });
      const process = startRollcall(['run', '-c', place.file]);
      await wait('https://[2001:db8::1]:9100/metrics');
      const [target] = await prometheus.targets();
      expect(target?.labels).toEqual({
        instance: '[2001:db8::1]:9100',
        job: 'rollcall',
        service: 'web',
        team: 'red {{x}}',
      });
      expect(target?.discoveredLabels).toMatchObject({
        __meta_rollcall_service: 'web',
        __meta_rollcall_id: '1',
        __meta_rollcall_port: '9100',
        __meta_rollcall_tags: ',a,b,',
        __meta_rollcall_version: '1"2\\n',
        __meta_rollcall_status: 'passing',
        __meta_rollcall_metadata_team_name: 'red {{x}}',
      });

      await putKey(etcd, '/prom/api/1', { address: 'api.example.com', port: 80, status: 'draining' });
      await deleteKey(etcd, '/prom/web/1');
      await wait('http://api.example.com:80/metrics');
      await deleteKey(etcd, '/prom/api/1');
      await wait('');
      await process.end();
      await prometheus.stop();
    });
  });
});
