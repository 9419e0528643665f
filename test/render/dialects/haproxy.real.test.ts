import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { tempDir } from '../../support/temp.js';
import { forEachValue, renderAll, sample, seed } from '../hostile.js';
import type { Outcome } from '../hostile.js';
import { makeService, makeView, problemsOf, render } from '../views.js';

const options = { dialect: 'haproxy' } as const;
const values = sample(300).filter((value) => value.length <= 60);

const answering: Readonly<Record<string, string>> = {
  double: '"{{metadata.v}}"',
  single: "'{{metadata.v}}'",
  bare: '{{metadata.v}}',
  part: 'a{{metadata.v}}b',
  inside: '"a{{metadata.v}}b"',
};

const base = 'defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n';

describeWith('haproxy', `a real HAProxy reads exactly the values that were not rejected (seed ${seed})`, (program) => {
  let child: ChildProcess;
  let port: number;
  let names: readonly string[];
  const outcomes: Record<string, Outcome> = {};

  beforeAll(async () => {
    const dir = await tempDir('rollcall-haproxy-');
    port = await freePort();
    const rules = Object.entries(answering).map(([place, word]) => {
      const line = ` http-request return status 200 content-type text/plain string ${word} if { path /${place}/{{../name}} } # {{metadata.v}}`;
      const outcome = renderAll(forEachValue(line), values, options);
      outcomes[place] = outcome;
      return outcome.text;
    });
    const { uses, backends } = nameBackends();
    names = uses.names;
    const conf = join(dir, 'haproxy.cfg');
    const text = `${base}frontend front\n bind 127.0.0.1:${port}\n${rules.join('')}${uses.text}${backends}`;
    await writeFile(conf, text);
    child = spawn(program, ['-db', '-f', conf], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(
      async () => {
        if (child.exitCode !== null) return true;
        return (await fetch(`http://127.0.0.1:${port}/`)).status > 0;
      },
      { what: 'haproxy listening' },
    );
    expect(child.exitCode, said).toBe(null);
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await gone;
  });

  const ask = async (path: string): Promise<string> =>
    Buffer.from(await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer()).toString();

  test.each(Object.keys(answering))('%s', async (place) => {
    const { kept } = outcomes[place] ?? { kept: new Map<number, string>() };
    expect(kept.size).toBeGreaterThan(20);
    for (const [index, value] of kept) {
      const expected = place === 'part' || place === 'inside' ? `a${value}b` : value;
      expect(await ask(`/${place}/s${index}`), JSON.stringify(value)).toBe(expected);
    }
  });

  test('names of backends and servers', async () => {
    expect(names.length).toBeGreaterThan(10);
    for (const [index, name] of names.entries()) expect(await ask(`/name/${index}`)).toBe(name);
  });

  test('HAProxy would read a rejected value differently, or refuse the file', async () => {
    const judge = async (line: string): Promise<string> => {
      const file = join(await tempDir('rollcall-haproxy-'), 'h.cfg');
      await writeFile(file, `${base}backend b\n${line}\n`);
      return promisify(execFile)(program, ['-c', '-f', file]).then(
        ({ stderr }) => stderr,
        (error: unknown) => (error as { stderr: string }).stderr,
      );
    };
    expect(await judge(' server a/b 127.0.0.1:80')).toContain("'/' is not permitted in server name");
    expect(await judge(' server "a b" 127.0.0.1:80')).toContain("' ' is not permitted in server name");
    expect(await judge(' http-request set-header X "%[nosuch]"')).toContain('nosuch');
    // Nothing before the flag is part of its word, and a parenthesis in quotes begins no argument.
    for (const begin of ['', '""', "''", '""\'\''])
      expect(await judge(` acl x path ${begin}-f /nosuch`), begin).toContain('</nosuch>');
    expect(await judge(' acl x path,regsub("\\(",_) "-f" /nosuch')).toContain('</nosuch>');
  });

  function nameBackends(): { uses: { text: string; names: string[] }; backends: string } {
    const candidates = sample(300).map((name) => makeService(name, [{}]));
    const text = `{{#each services}}
backend {{name}}
 http-request return status 200 content-type text/plain lf-string %[be_name]
 server {{name}} 127.0.0.1:1
{{/each}}`;
    const gone = new Set(
      render(text, makeView({ services: candidates }), options).rejected.map(({ service }) => service),
    );
    const kept = candidates.filter(({ name }) => !gone.has(name) && name !== 'front');
    const view = makeView({ services: kept });
    const uses = ` {{#each services}}
 use_backend {{name}} if { path /name/{{@index}} }
{{/each}}`;
    return {
      uses: { text: render(uses, view, options).text, names: kept.map(({ name }) => name) },
      backends: render(text, view, options).text,
    };
  }
});

test.each([
  ['server {{vars.v}} 127.0.0.1:80', 'a/b', 'in a name: "/" is not allowed in a HAProxy name'],
  [' server "{{vars.v}}" 127.0.0.1:80', 'a b', 'in a name: a blank is not allowed in a HAProxy name'],
  ['use_backend {{vars.v}} if { path / }', 'a$b', 'in a name: "$"'],
  ['acl x path {{vars.v}}', '-f', 'outside quotes: HAProxy reads a leading "-" as a flag'],
  ['acl x path {{#if expected}}-m str {{/if}}"{{vars.v}}"', '-f', 'HAProxy reads a leading "-" as a flag'],
  ['acl x path "{{#if expected}}{{/if}}"{{vars.v}}', '-f', 'HAProxy reads a leading "-" as a flag'],
  ['http-request set-header X "{{vars.v}}"', '%[src]', 'in double quotes: HAProxy expands "%"'],
  ['http-request set-var(txn.x) str({{vars.v}})', 'a),upper', 'in the argument of a function: ")"'],
  ['x {{vars.v}}', 'a#b', 'outside quotes: "#"'],
  ["x '{{vars.v}}'", "it's", 'a text in single quotes cannot contain a single quote'],
] as const)('%s refuses %j', (text, v, reason) => {
  const outer = `{{#each services}}\n${text.replace('vars.v', 'instances.0.metadata.v')}\n{{/each}}`;
  const { rejected } = render(outer, makeView({ services: [makeService('s', [{ metadata: { v } }])] }), options);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.reason).toContain(reason);
});

test('quotes end at the end of the line, and HAProxy refuses an open quote', () => {
  expect(problemsOf('x "a\n{{target.name}}', options)).toEqual([]);
  expect(problemsOf('x "a', options).map(({ message }) => message)).toEqual(['the template ends in double quotes']);
});
