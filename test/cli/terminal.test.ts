import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment, main } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { freePort } from '../support/ports.js';

const config = {
  sources: [{ name: 'services', prefix: '/services/' }],
  targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }],
};

describeWith('script', 'on a terminal', (script) => {
  /** What a person sees: standard output and error are one terminal. */
  async function see(line: string, env: Record<string, string> = {}): Promise<string> {
    const command = `'${process.execPath}' '${main}' ${line}`;
    const options = { env: environment({ TERM: 'xterm', ...env }) };
    const seen = await promisify(execFile)(script, ['-qec', command, '/dev/null'], options).catch(
      (error: unknown) => error as { stdout: string },
    );
    return seen.stdout.replaceAll('\r\n', '\n');
  }

  it('the log is for people, in colours unless NO_COLOR is set', async () => {
    const place = await createPlace(`http://127.0.0.1:${await freePort()}`, config);
    const line = `run --once --timeout 2s -c '${place.file}'`;
    expect(await see(line)).toContain('] \u001b[33mWARN\u001b[39m: ');
    const plain = await see(line, { NO_COLOR: '1' });
    expect(plain).not.toContain('\u001b');
    expect(plain).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: waiting for etcd \{"source":"services",.*\n {4}error: .*ECONNREFUSED/,
    );
  });

  it('a wrong config is shown as it is written, line by line', async () => {
    const place = await createPlace('http://127.0.0.1:1', { ...config, tragets: [] });
    const seen = await see(`run -c '${place.file}'`);
    expect(seen).toMatch(
      new RegExp(`^${place.file}:\\d+:1: tragets: unknown key\n\\d+ \\| tragets: \\[\\]\n +\\| \\^\n`),
    );
    expect(seen).toContain('(CONFIG_INVALID)');
    expect(seen).not.toContain('{"level"');
  });
});
