import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, it, test } from 'vitest';
import { compileTemplate } from '../../../src/render/template.js';
import { describeWith } from '../../support/binaries.js';
import { tempDir } from '../../support/temp.js';
import { forEachValue, hostile, renderAll } from '../hostile.js';
import { makeService, makeView, problemsOf, render } from '../views.js';
import { takes, takesInBash } from './shell-contexts.js';

const options = { dialect: 'shell' } as const;

/** Each value creates a file named `pwned` when a shell interprets it. */
const attacks = [
  'a[$(touch pwned)]',
  'x[$(touch pwned)]=1',
  '$(touch pwned)',
  '(touch pwned)',
  '`touch pwned`',
  'x=$(touch pwned)',
  '([$(touch pwned)]=1)',
  '${x:-$(touch pwned)}',
  '{touch,pwned}',
  "';touch pwned;'",
  '";touch pwned;"',
  "\\'; touch pwned #",
  '\\$(touch pwned)',
  "$'\\x24(touch pwned)'",
  'touch pwned',
  'x; touch pwned',
  'x & touch pwned',
  'x | touch pwned',
  'x\ntouch pwned\n',
  '\rtouch pwned',
  '>pwned',
  '1>pwned',
  '<(touch pwned)',
  '=(touch pwned)',
  '*(e:touch pwned:)',
  'pwned',
  '-v',
  '-c',
  '-e',
  '--',
  '!',
  '(',
  '-eq',
  ';',
  '#',
  '*',
  '?',
  '[a-z]*',
  '~',
  '~root',
  'HOME',
  '[0]',
  '_X',
  '\\',
  '%s%n',
  'in',
  'esac',
  '',
];

/** Shells by their commands. busybox has its shell as an applet. */
const shells = ['sh', 'bash', 'dash', 'ksh', 'mksh', 'zsh', 'busybox'];
const commandOf = (name: string, path: string): readonly string[] => (name === 'busybox' ? [path, 'sh'] : [path]);

let dir: string;
beforeAll(async () => {
  dir = await tempDir('rollcall-shell-');
});

function run(shell: readonly string[], script: string): string[] {
  const [path = '', ...args] = shell;
  const environment = { HOME: '/nowhere', PATH: process.env.PATH };
  const out = execFileSync(path, [...args, '-s'], { input: script, cwd: dir, env: environment, timeout: 20_000 });
  return out.toString().split('\0').slice(0, -1);
}

function expectExact(shell: readonly string[], line: string, values: readonly string[]): void {
  const { text, kept } = renderAll(forEachValue(line.replaceAll('V', '{{metadata.v}}')), values, options);
  const expected = [...kept.values()];
  expect(run(shell, text), line).toEqual(expected);
  expect(readdirSync(dir), line).toEqual([]);
  // A value is refused only if this context cannot hold it: a line break, a single quote.
  for (const value of values)
    if (!/[\r\n']/.test(value)) expect(expected, `${line} takes ${JSON.stringify(value)}`).toContain(value);
}

for (const name of shells)
  describeWith(name, name, (path) => {
    const shell = commandOf(name, path);
    test.each(Object.keys(takes))('runs no value and reads each exactly: %s', (place) => {
      expectExact(shell, takes[place] ?? '', attacks);
    });

    if (name === 'bash')
      test.each(Object.keys(takesInBash))('runs no value and reads each exactly: %s', (place) => {
        expectExact(shell, takesInBash[place] ?? '', attacks);
      });

    test('reads any text exactly, in all places at once', () => {
      const scripts = Object.values(takes);
      fc.assert(
        fc.property(fc.array(hostile, { minLength: 1, maxLength: 20 }), fc.nat(scripts.length - 1), (values, index) => {
          const line = (scripts[index] ?? '').replaceAll('V', '{{metadata.v}}');
          const { text, kept } = renderAll(forEachValue(line), values, options);
          expect(run(shell, text), text).toEqual([...kept.values()]);
        }),
        { numRuns: 60 },
      );
    });
  });

/** Parts of scripts. Some of them make a shell interpret a word. */
const parts =
  'eval declare -i -a x a= a[ [ ] [[ ]] { } ( ) $ $( ${ $[ " \' \\ ; & | > < >& case in esac ;; if then fi for do done test -v -eq ' +
  'printf %s %d echo unset read export readonly f() # ~ * let (( )) command env sh -c -- set trap "$x" $x += , ! x=';

for (const name of ['bash', 'mksh', 'dash'])
  describeWith(name, `${name}, given scripts at random`, (path) => {
    it('runs no value in any script that the lint accepts', async () => {
      const own = await tempDir('rollcall-shell-');
      const part = fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...parts.split(' '), '\n') },
        { weight: 2, arbitrary: fc.constantFrom('{{metadata.v}}', '"{{metadata.v}}"', '{{metadata.w}}') },
      );
      const pieces = fc.array(fc.tuple(part, fc.constantFrom(' ', ' ', '')), { minLength: 2, maxLength: 10 });
      // A redirection can create a file of such a name.
      const attack = fc.constantFrom(...attacks.filter((value) => value !== 'pwned'));
      let ran = 0;
      fc.assert(
        fc.property(pieces, fc.array(fc.tuple(attack, attack), { minLength: 3, maxLength: 3 }), (script, pairs) => {
          const text = forEachValue(script.flat().join(''));
          if (!text.includes('{{metadata') || problemsOf(text, options).length > 0) return;
          for (const [v, w] of pairs) {
            const view = makeView({ services: [makeService('s', [{ metadata: { v, w } }])] });
            const { text: out, rejected } = render(text, view, options);
            if (rejected.length > 0) continue;
            ran++;
            spawnSync(path, ['-c', out], { cwd: own, stdio: 'ignore', timeout: 5_000, killSignal: 'SIGKILL' });
            const made = readdirSync(own);
            for (const each of made) rmSync(join(own, each), { recursive: true, force: true });
            expect(made, out).not.toContain('pwned');
          }
        }),
        { numRuns: 500 },
      );
      expect(ran).toBeGreaterThan(10);
    });
  });

/** The reason for the refusals: with the value as the dialect writes it, each of these scripts runs the value. */
const runs: readonly (readonly [shell: string, script: string, value: string])[] = [
  ['bash', '[[ V -eq 1 ]]', 'a[$(touch pwned)]'],
  ['bash', '[[ -v V ]]', 'a[$(touch pwned)]'],
  ['bash', 'test -v V', 'a[$(touch pwned)]'],
  ['bash', 'declare V=1', 'a[$(touch pwned)]'],
  ['bash', 'a=(); declare a=V', '([$(touch pwned)]=1)'],
  ['bash', 'declare -i n; n=V', 'a[$(touch pwned)]'],
  ['bash', 'declare -n r=V; echo "$r"', 'a[$(touch pwned)]'],
  ['bash', 'a=(1); unset V', 'a[$(touch pwned)]'],
  ['bash', 'a=(); readonly "-a" a=V', '([$(touch pwned)]=1)'],
  ['bash', 'a=(); o=-a; readonly $o a=V', '([$(touch pwned)]=1)'],
  ['bash', 'printf -v V x', 'a[$(touch pwned)]'],
  ['bash', 'read V </etc/hostname', 'a[$(touch pwned)]'],
  ['bash', 'let V', 'a[$(touch pwned)]'],
  ['bash', 'echo $[ V ]', 'a[$(touch pwned)]'],
  ['bash', 'x=abc; echo ${x:V:1}', 'a[$(touch pwned)]'],
  ['bash', 'RANDOM=V', 'a[$(touch pwned)]'],
  ['bash', 'compgen -W V', '$(touch pwned)'],
  ['bash', 'echo >&V', 'a[$(touch pwned)]'],
  ['bash', 'PS4=V; set -x; :', '$(touch pwned)'],
  ['bash', 'echo $V', "\\'; touch pwned #"],
  ['bash', 'if { true; } then eval V; fi', 'touch pwned'],
  ['bash', 'if case x in x) true;; esac then eval V; fi', 'touch pwned'],
  ['bash', 'if ((1)) then eval V; fi', 'touch pwned'],
  ['bash', 'if ((1)) then [[ V -eq 1 ]]; fi', 'a[$(touch pwned)]'],
  ['bash', 'time -- eval V', 'touch pwned'],
  ['bash', '"$BASH" -c V', 'touch pwned'],
  ['bash', 'for PS4 in V; do set -x; :; done', '$(touch pwned)'],
  ['bash', '[ x = $(echo V) ]', 'y -o -v a[$(touch${IFS}pwned)]'],
  ['bash', 'source /dev/stdin < <(echo V)', 'touch pwned'],
  ['bash', 'bash < <(echo V)', 'touch pwned'],
  ['bash', 'cat <\\\n<E\necho V\nE', '$(touch pwned)'],
  ['bash', 'echo $(\\\n(echo V))', 'a[$(touch pwned)]'],
  ['bash', 'eval &\\\n>x V', 'touch pwned'],
  ['sh', '\\eval V', 'touch pwned'],
  ['sh', 'find . -maxdepth 0 $(echo V)', '-exec touch pwned ;'],
  ['sh', 'if if true; then true; fi then eval V; fi', 'touch pwned'],
  ['sh', 'eval V', 'touch pwned'],
  ['sh', 'eval $(echo V)', 'touch pwned'],
  ['sh', '$(echo V)', 'touch pwned'],
  ['sh', 'trap V EXIT', 'touch pwned'],
  ['sh', 'sh -c V', 'touch pwned'],
  ['mksh', '[ V" = 1" -eq 1 ]', 'a[$(touch pwned)]'],
];

for (const name of ['bash', 'sh', 'mksh'])
  describeWith(name, `${name}, with refused scripts`, (path) => {
    test.each(runs.filter(([shell]) => shell === name))('%s would run a value in %j', async (_, script, value) => {
      const own = await tempDir('rollcall-shell-');
      const word = `'${value.replaceAll("'", "'\\''")}'`;
      const text = script.replaceAll(/V(?![A-Za-z_])/g, () => word);
      spawnSync(path, ['-s'], { input: text, cwd: own, timeout: 20_000 });
      expect(readdirSync(own)).toContain('pwned');
      expect(() =>
        compileTemplate({
          name: 't.hbs',
          text: script.replaceAll(/V(?![A-Za-z_])/g, '{{target.name}}'),
          scope: 'root',
          dialect: 'shell',
        }),
      ).toThrow('NAME={{…}}');
    });
  });
