import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasUnseen, printableJson } from '../../../src/cli/terminal/escape.js';
import { describeWith } from '../../support/binaries.js';
import { environment, main } from '../../support/command.js';
import { createPlace } from '../../support/config.js';
import { startEtcd } from '../../support/etcd.js';
import { putKey } from '../../support/keys.js';

/** Reorders a line, hides text, ends a line, steers a terminal, is in no plane that has 16 bits. */
const unseen = [
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u00ad',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u009b',
  '\x7f',
  '\u{e0041}',
];

describe('JSON for a terminal', () => {
  it('holds no character that moves or hides text, and means the same', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom(...unseen), fc.string({ unit: 'binary', maxLength: 1 })) });
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const json = printableJson(JSON.stringify(value));
        expect(hasUnseen(json)).toBe(false);
        expect(JSON.parse(json)).toEqual(value);
      }),
    );
  });

  it.each(unseen)('has %j escaped', (character) => {
    expect(printableJson(JSON.stringify(`a${character}b`))).toMatch(/^"a(?:\\u[0-9a-f]{4}){1,2}b"$/);
  });
});

describeWith('etcd', 'what a registration puts on the terminal', () => {
  it('is escaped in logs, JSON and YAML alike, and parsed as it was', async () => {
    const etcd = await startEtcd();
    const id = `i${unseen.filter((character) => !/[\p{Cc}\u2028\u2029]/u.test(character)).join('')}`;
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/' }],
      targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }] }],
    });
    await putKey(etcd, `/services/web/${id}`, '192.0.2.1:80');
    await putKey(etcd, `/services/web/${id}.bad`, 'no address');
    const run = async (...args: string[]) => {
      const asked = promisify(execFile)(process.execPath, [main, ...args, '-c', place.file], { env: environment() });
      const { stdout, stderr } = await asked;
      expect(hasUnseen(stdout + stderr), args.join(' ')).toBe(false);
      return { stdout, stderr };
    };
    const idIn = (text: string, read: (text: string) => unknown) =>
      (read(text) as { instances: { id: string }[] }).instances[0]?.id;
    expect(idIn((await run('services', '-o', 'json')).stdout, JSON.parse)).toBe(id);
    expect(idIn((await run('services', '-o', 'yaml')).stdout, parse)).toBe(id);
    expect((await run('services', '-o', 'wide')).stdout).toContain('i\\u{202e}');
    const { stderr } = await run('run', '--once');
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.some(({ key }) => key === `/services/web/${id}.bad`)).toBe(true);
    await etcd.stop();
  });
});
