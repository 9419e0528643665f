import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { tempDir } from '../../support/temp.js';
import { forEachValue, hostile, renderAll, sample, seed } from '../hostile.js';
import type { Outcome } from '../hostile.js';
import { makeService, makeView, render } from '../views.js';

const options = { dialect: 'fields' } as const;
const values = sample(400);

/** Splits as in the C locale, and as readers do that split at Unicode's white space. */
const splits = [/[ \t\n\v\f\r]+/, /\s+/];

test('every value is one field of its line for every kind of reader', () => {
  const text =
    '{{#each services}}{{#each instances}}\n{{metadata.v}} a{{metadata.v}}\t{{metadata.v}}b\n{{/each}}{{/each}}';
  let kept = 0;
  fc.assert(
    fc.property(hostile, (v) => {
      const { text: out, rejected } = render(
        text,
        makeView({ services: [makeService('s', [{ metadata: { v } }])] }),
        options,
      );
      if (rejected.length > 0) return;
      kept++;
      expect(out).not.toContain('#');
      for (const split of splits) expect(out.trim().split(split)).toEqual([v, `a${v}`, `${v}b`]);
      expect(out.trim().split('\n')).toHaveLength(1);
    }),
  );
  expect(kept).toBeGreaterThan(10);
});

test.each([
  ['192.0.2.1 {{v}}', 'a b', 'as a field: white space in the value would begin another field'],
  ['192.0.2.1 {{v}}', 'a\u00a0b', 'white space'],
  ['192.0.2.1 {{v}}', 'a#b', '"#" would begin a comment'],
  ['192.0.2.1 {{v}}', '', 'the value is empty, and so would be the field'],
  ['{{v}}{{v}} x', '', 'the value is empty, and so would be the field'],
  ['192.0.2.1 {{v}}', 'a\nb', 'a line break'],
  ['192.0.2.1 web # {{v}}', 'a b', 'white space'],
  ['# {{v}}', 'a\nb', 'in a comment: it contains a line break'],
] as const)('%s refuses %j', (text, v, reason) => {
  const outer = `{{#each services}}\n${text.replaceAll('{{v}}', '{{instances.0.metadata.v}}')}\n{{/each}}`;
  const { rejected } = render(outer, makeView({ services: [makeService('s', [{ metadata: { v } }])] }), options);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.reason).toContain(reason);
});

test('a comment line holds any text without line breaks, and a part of a field may be empty', () => {
  expect(render('  # {{vars.v}}\nx{{vars.e}}', makeView({ vars: { v: 'a # "b c', e: '' } }), options).text).toBe(
    '  # a # "b c\nx',
  );
});

describeWith(
  'haproxy',
  `a real HAProxy finds in a map exactly the values that were not rejected (seed ${seed})`,
  (program) => {
    let child: ChildProcess;
    let port: number;
    let keys: Outcome;
    let found: Outcome;

    beforeAll(async () => {
      const dir = await tempDir('rollcall-map-');
      port = await freePort();
      keys = renderAll(`# {{target.name}}\n${forEachValue('{{metadata.v}} {{../name}}')}`, values, options);
      found = renderAll(forEachValue('{{../name}} {{metadata.v}}'), values, options);
      await writeFile(join(dir, 'keys.map'), keys.text);
      await writeFile(join(dir, 'values.map'), found.text);
      const answer = (map: string): string =>
        ` http-request return status 200 content-type text/plain lf-string %[urlp(k),url_dec,map(${dir}/${map}.map,none)] if { path /${map} }`;
      const conf = `defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\nfrontend f\n bind 127.0.0.1:${port}\n${answer('keys')}\n${answer('values')}\n`;
      await writeFile(join(dir, 'haproxy.cfg'), conf);
      child = spawn(program, ['-db', '-f', join(dir, 'haproxy.cfg')], { stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await until(async () => child.exitCode !== null || (await fetch(`http://127.0.0.1:${port}/`)).status > 0, {
        what: 'haproxy listening',
      });
      expect(child.exitCode, said).toBe(null);
    });
    afterAll(async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGTERM')) await gone;
    });

    const ask = async (map: string, key: string): Promise<string> =>
      Buffer.from(
        await (await fetch(`http://127.0.0.1:${port}/${map}?k=${encodeURIComponent(key)}`)).arrayBuffer(),
      ).toString();

    test('as a key', async () => {
      expect(keys.kept.size).toBeGreaterThan(40);
      for (const [index, value] of keys.kept) expect(await ask('keys', value), JSON.stringify(value)).toBe(`s${index}`);
    });

    test('as a value', async () => {
      for (const [index, value] of found.kept)
        expect(await ask('values', `s${index}`), JSON.stringify(value)).toBe(value);
    });
  },
);
