import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { rollcall } from '../support/command.js';
import { tempDir } from '../support/temp.js';

describe('a wrong command line', () => {
  it.each([
    [['rum'], 'Did you mean run?'],
    [['run', '--onec'], 'Did you mean --once?'],
    [['validate', '--offlin'], 'Did you mean --offline?'],
    [['run', 'now'], 'too many arguments'],
    [['run', '--timeout', '3'], 'Write it as 500ms, 30s or 2m; 24h at most.'],
    [['services', '-o', 'tabel'], 'table, wide, json, yaml'],
    [['diff', '--stats'], 'Did you mean --stat?'],
    [['run', '--log-level', 'loud'], 'debug, info, warn, error'],
    [[], 'Usage: rollcall'],
  ])('exits 2 and says what is right: %j', async (args, words) => {
    const { code, stdout, stderr } = await rollcall(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('includes a wrong environment variable', async () => {
    const { code, stderr } = await rollcall(['run'], { env: { ROLLCALL_LOG_LEVEL: 'loud' } });
    expect(code).toBe(2);
    expect(stderr).toContain('ROLLCALL_LOG_LEVEL');
  });
});

describe('help', () => {
  it.each([[[]], [['run']], [['validate']], [['services']], [['register']], [['diff']], [['render']], [['test']]])(
    'has examples, on standard output: %j',
    async (command) => {
      const { code, stdout, stderr } = await rollcall([...command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: rollcall ${command.join('')}`));
      expect(stdout).toMatch(/^Examples:\n {2}\$ rollcall /m);
    },
  );

  it('prints the version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await rollcall(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('without a config', () => {
  it.each(['run', 'validate', 'services', 'diff'])(
    '%s names the four places of a config, and exits 2',
    async (command) => {
      const cwd = await tempDir();
      const { code, stderr } = await rollcall([command], { cwd });
      expect(code).toBe(2);
      for (const place of ['-c FILE', '$ROLLCALL_CONFIG', `${cwd}/rollcall.yaml`, '/etc/rollcall/rollcall.yaml'])
        expect(stderr).toContain(place);
      expect(stderr).toContain('CONFIG_NOT_FOUND');
    },
  );

  it('says why a named config cannot be read', async () => {
    const dir = await tempDir();
    const named = await rollcall(['validate', '-c', 'absent.yaml'], { cwd: dir });
    expect(named.code).toBe(2);
    expect(named.stderr).toContain(`${dir}/absent.yaml:1:1: cannot be read: it does not exist (ENOENT)\n`);
    const atRoot = await rollcall(['validate', '-c', '/absent-rollcall.yaml'], { cwd: dir });
    expect(atRoot.stderr).toContain('/absent-rollcall.yaml:1:1: cannot be read: it does not exist (ENOENT)\n');
    const variable = await rollcall(['validate'], { cwd: dir, env: { ROLLCALL_CONFIG: dir } });
    expect(variable.code).toBe(2);
    expect(variable.stderr).toContain(`${dir}:1:1: cannot be read: it is a directory (EISDIR)`);
  });
});

describe('docs/cli.md', () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const section = (title: string): string => {
    const [, ...parts] = page.split(`## \`${title}\`\n`);
    expect(parts, title).toHaveLength(1);
    return (parts[0] ?? '').split(/^## /m)[0] ?? '';
  };
  const titleOf = (command: Command): string =>
    `rollcall ${command.name()} ${command.usage().replace('[options]', '')}`.trim().replace(/ +/g, ' ');
  const program = createProgram();

  it('has a section for every command, and no other', () => {
    const titles = [...page.matchAll(/^## `(rollcall [^`]*)`$/gm)].map(([, title]) => title);
    expect(titles).toEqual(program.commands.map(titleOf));
  });

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    'has every option of %s with its default and its choices, and no other',
    (_name, command) => {
      const rows = [...section(titleOf(command)).matchAll(/^\| `(-[^`]*)` +\| (?:`([^`]*)`)? *\| (.*) \|$/gm)];
      expect(rows.map(([, flags]) => flags)).toEqual(command.options.map(({ flags }) => flags));
      for (const [index, option] of command.options.entries()) {
        const [, , fallback, meaning = ''] = rows[index] ?? [];
        const value: unknown = option.defaultValueDescription ?? option.defaultValue;
        expect(fallback, option.flags).toBe(value);
        for (const choice of option.argChoices ?? []) expect(meaning).toContain(`\`${choice}\``);
        if (option.envVar !== undefined) expect(meaning).toContain(`\`$${option.envVar}\``);
      }
    },
  );
});
