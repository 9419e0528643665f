import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment, main } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { freePort } from '../support/ports.js';

const config = {
  sources: [{ name: 'services', prefix: '/services/' }],
  targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }],
};

describeWith('script', 'on a terminal', (script) => {
  /** The screen: standard output and standard error are one terminal. */
  async function see(line: string, env: Record<string, string> = {}): Promise<string> {
    const command = `'${process.execPath}' '${main}' ${line}`;
    const options = { env: environment({ TERM: 'xterm', ...env }) };
    const seen = await promisify(execFile)(script, ['-qec', command, '/dev/null'], options).catch(
      (error: unknown) => error as { stdout: string },
    );
    return seen.stdout.replaceAll('\r\n', '\n');
  }

  it('the log is text, in colours unless NO_COLOR is set', async () => {
    const place = await createPlace(`http://127.0.0.1:${await freePort()}`, config);
    const line = `run --once --timeout 2s -c '${place.file}'`;
    expect(await see(line)).toContain('] \u001b[33mWARN\u001b[39m: ');
    const plain = await see(line, { NO_COLOR: '1' });
    expect(plain).not.toContain('\u001b');
    expect(plain).toMatch(
      /^([^\n]*\r)?\[\d\d:\d\d:\d\d\.\d{3}\] WARN: waiting for etcd \{"source":"services",.*\n {4}error: .*ECONNREFUSED/m,
    );
  });

  it('work that takes longer than a second shows a progress line, and removes it at the end', async () => {
    const place = await createPlace(`http://127.0.0.1:${await freePort()}`, config);
    const seen = await see(`services --timeout 3s -c '${place.file}'`, { NO_COLOR: '1' });
    expect(seen).toContain(' waiting for etcd (1 s)\r');
    const left = seen.split('\n').map((line) => line.split('\r').at(-1));
    expect(left[0]).toMatch(/^rollcall: source services: not listed within 3000 ms/);
    expect(left.join('\n')).not.toContain('waiting for');
  });

  it('a table is cut to the width, and in colours', async () => {
    const etcd = await startEtcd();
    const place = await createPlace(etcd, config);
    await putKey(etcd, `/services/web/${'i'.repeat(100)}`, '192.0.2.1:8080');
    const line = `services -c '${place.file}'`;
    const run = (env: string) => see(`--version; stty cols 60; ${env} '${process.execPath}' '${main}' ${line}`);
    expect((await run('NO_COLOR=1')).split('\n').slice(1)).toEqual([
      'SERVICE  ADDRESS         STATUS   WEIGHT  ID            TAGS',
      `web      192.0.2.1:8080  passing  1       ${'i'.repeat(11)}…`,
      '1 registration has no lease and stays when its registrant dies (-o wide marks them)',
      '',
    ]);
    expect(await run('')).toContain('\u001b[32mpassing\u001b[39m');
    await etcd.stop();
  });

  it('a wrong config is shown with its lines', async () => {
    const place = await createPlace('http://127.0.0.1:1', { ...config, tragets: [] });
    const seen = await see(`run -c '${place.file}'`);
    expect(seen).toMatch(
      new RegExp(`^${place.file}:\\d+:1: tragets: unknown key\n\\d+ \\| tragets: \\[\\]\n +\\| \\^\n`),
    );
    expect(seen).toContain('(CONFIG_INVALID)');
    expect(seen).not.toContain('{"level"');
  });
});
