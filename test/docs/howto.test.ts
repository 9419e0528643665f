import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { describeWith } from '../support/binaries.js';
import { checkPrometheus } from '../support/prometheus.js';
import { tempDir } from '../support/temp.js';

const folder = join(import.meta.dirname, '../../docs/howto');

/** The one fenced block of a page that has the text, without its indentation. */
function blockWith(page: string, language: string, text: string): string {
  const all = readFileSync(join(folder, page), 'utf8').matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm);
  const found = [...all].filter(([, , name, body = '']) => name === language && body.includes(text));
  expect(found).toHaveLength(1);
  const [, indent = '', , body = ''] = found[0] ?? [];
  return body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** What a program says of a file when it refuses it; '' when it accepts. */
async function complaint(program: string, args: readonly string[]): Promise<string> {
  return promisify(execFile)(program, args).then(
    () => '',
    (error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    },
  );
}

describeWith('named-checkconf', 'docs/howto/bind.md', (program) => {
  test('shows what named-checkconf accepts', async () => {
    const file = join(await tempDir(), 'named.conf');
    await writeFile(file, blockWith('bind.md', 'named', 'type primary'));
    expect(await complaint(program, [file])).toBe('');
  });
});

describeWith('named-checkconf', 'docs/howto/dynamic-dns.md', (program) => {
  test('shows what named-checkconf accepts', async () => {
    const file = join(await tempDir(), 'named.conf');
    await writeFile(file, blockWith('dynamic-dns.md', 'named', 'type primary'));
    expect(await complaint(program, [file])).toBe('');
  });
});

describeWith('dnsmasq', 'docs/howto/hosts.md', (program) => {
  test('shows what dnsmasq accepts', async () => {
    const file = join(await tempDir(), 'dnsmasq.conf');
    await writeFile(file, blockWith('hosts.md', 'dnsmasq', 'addn-hosts'));
    expect(await complaint(program, ['--test', `--conf-file=${file}`])).toBe('');
  });
});

describeWith('promtool', 'docs/howto/prometheus.md', () => {
  test('shows what promtool accepts', async () => {
    const dir = await tempDir();
    const text = blockWith('prometheus.md', 'yaml', 'scrape_configs:');
    const conf = parse(text) as { scrape_configs: { relabel_configs: { source_labels: string[] }[] }[] };
    await writeFile(join(dir, 'prometheus.yml'), stringify(conf));
    expect(await checkPrometheus(join(dir, 'prometheus.yml'))).toBe('');
    const template = readFileSync(join(folder, '../../templates/prometheus-file-sd.hbs'), 'utf8');
    for (const { source_labels: labels } of conf.scrape_configs[0]?.relabel_configs ?? [])
      for (const label of labels.filter((each) => each.startsWith('__meta_')))
        expect(template).toContain(
          label.startsWith('__meta_rollcall_metadata_') ? '__meta_rollcall_metadata_' : `"${label}"`,
        );
  });
});
