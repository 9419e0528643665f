import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../src/cli/program.js';
import { splitCommand } from '../../src/process/split.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/howto/register.md'), 'utf8');

/** The fenced blocks of a language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
}

/** What is run, each as a list of words. */
const lines: readonly (readonly string[])[] = [
  ...blocks('ini').map((text) => wordsOf(/^ExecStart=(.*)$/m.exec(text)?.[1] ?? '')),
  ...blocks('text').map((text) => {
    const listOf = (name: string) => JSON.parse(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '') as string[];
    return [...listOf('ENTRYPOINT'), ...listOf('CMD')];
  }),
  ...blocks('yaml').map((text) => {
    const [container] = (parse(text) as Deployment).spec.template.spec.containers;
    return [...(container?.command ?? []), ...(container?.args ?? [])];
  }),
];

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly command: string[]; readonly args: string[] }[] };
    };
  };
}

function wordsOf(line: string): readonly string[] {
  const split = splitCommand(line);
  return 'argv' in split ? split.argv : [];
}

describe('docs/howto/register.md', () => {
  it.each(lines)('has a line that there is: %s %s %s', (...words) => {
    const [program = '', name, ...args] = words;
    expect(program).toMatch(/(^|\/)rollcall$/);
    const command = createProgram().commands.find((one) => one.name() === name);
    const { operands, unknown } = command?.parseOptions([...args]) ?? { operands: [], unknown: ['no such command'] };
    expect(unknown).toEqual([]);
    expect(operands.length).toBeGreaterThanOrEqual(2);
    // Without the two dashes, the words of the service's command would be taken for rollcall's own.
    if (operands.length > 2) expect(args).toContain('--');
  });

  it('is all of it found', () => {
    expect(lines).toHaveLength(4);
  });
});
