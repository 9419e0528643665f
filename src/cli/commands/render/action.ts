import { resolve } from 'node:path';
import { readFixture } from '../../../config/fixture.js';
import { nearest } from '../../../model/suggest.js';
import type { Output } from '../../../ports/output.js';
import type { Dialect } from '../../../render/dialects/grammar.js';
import { chooseSubject } from '../../../inspect/render/choose.js';
import { dryRun } from '../../../inspect/render/dry-run.js';
import { coloursOf } from '../../terminal/color.js';
import { fail } from '../../fail.js';
import { printable, printableLines } from '../../terminal/escape.js';
import { withProgress } from '../../terminal/spinner.js';
import { createRuntime } from '../../runtime.js';
import { reportLeftOut } from '../../left-out.js';

export interface RenderOptions {
  readonly config?: string;
  readonly from?: string;
  readonly service?: string;
  readonly dialect?: Dialect;
  readonly only?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Renders to standard output. Exit code 0: rendered whole, 1: something was left out, 2: the rendering failed. */
export async function render(name: string, options: RenderOptions): Promise<0 | 1 | 2> {
  const { from, only, timeout, ...choice } = options;
  try {
    const read = from === undefined ? undefined : await readFixture(resolve(from));
    const written = read && { fixture: read.value, locate: read.locate, file: from ?? read.file };
    const chosen = await chooseSubject({ ...choice, name, offline: written !== undefined }, process.env, process.cwd());
    const runtime = await createRuntime('silent');
    const asked = dryRun({ ...chosen, written, timeout }, runtime);
    const { outputs, quarantined, leftOut, rejected, kept } = await withProgress('waiting for etcd', asked);
    const shown = only === undefined ? outputs : outputs.filter(({ output }) => output === only);
    if (only !== undefined && shown.length === 0) return reportMissing(only, outputs);
    writeOutputs(shown, only === undefined && 'target' in chosen.subject && outputs.length > 1);
    reportLeftOut(quarantined, rejected, leftOut);
    if (kept !== undefined) process.stderr.write(`${printable(kept)}\n`);
    return quarantined.length > 0 ? 1 : 0;
  } catch (error) {
    fail(error);
    return 2;
  }
}

function writeOutputs(outputs: readonly Output[], named: boolean): void {
  const { strong } = coloursOf(process.stdout);
  for (const { output, text } of outputs) {
    const shown = process.stdout.isTTY ? printableLines(text) : text;
    const end = named && shown !== '' && !shown.endsWith('\n') ? '\n' : '';
    process.stdout.write(`${named ? `${strong(`==> ${printable(output)} <==`)}\n` : ''}${shown}${end}`);
  }
}

function reportMissing(only: string, outputs: readonly Output[]): 2 {
  const names = outputs.map(({ output }) => output);
  const near = nearest(only, names);
  const hint = near === undefined ? `There are: ${names.join(', ')}` : `Did you mean ${near}?`;
  process.stderr.write(printableLines(`rollcall: no output ${only}\n  ${hint}\n`));
  return 2;
}
