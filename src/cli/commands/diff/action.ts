import { findConfig } from '../../../config/find.js';
import { RollcallError } from '../../../model/errors.js';
import { prepareConfig } from '../../../build/prepare.js';
import { previewConfig, type ConfigPreview, type TargetPreview } from '../../../inspect/diff/preview.js';
import { showDifference } from '../../../inspect/diff/format.js';
import { formatPatch } from '../../../inspect/diff/patch.js';
import { coloursOf } from '../../terminal/color.js';
import { fail } from '../../fail.js';
import { countLeftOut, describeQuarantine, listLeftOut } from '../../left-out.js';
import { paintDiff } from '../../terminal/paint-diff.js';
import { printable, printableJson, printableLines } from '../../terminal/escape.js';
import { withProgress } from '../../terminal/spinner.js';
import { createRuntime } from '../../runtime.js';
import { describeRejected } from '../services/reporters.js';

export interface DiffOptions {
  readonly config?: string;
  readonly output: 'text' | 'json' | 'patch';
  readonly stat?: true;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Shows what `run` would change now. Exit code 0: nothing, 1: something, 2: the diff of at least one target failed. */
export async function diff(names: readonly string[], options: DiffOptions): Promise<0 | 1 | 2> {
  let preview: ConfigPreview;
  try {
    const prepared = await prepareConfig(await findConfig(options.config, process.env, process.cwd()));
    const asked = previewConfig(prepared, names, await createRuntime('silent'), options.timeout);
    preview = await withProgress('waiting for etcd', asked);
  } catch (error) {
    fail(error);
    return 2;
  }
  switch (options.output) {
    case 'json':
      process.stdout.write(`${printableJson(JSON.stringify(describePreview(preview), undefined, 2))}\n`);
      break;
    case 'patch':
      writePatch(preview);
      break;
    case 'text':
      for (const target of preview.targets) writeTarget(target, options.stat === true);
  }
  for (const line of notesOf(preview, options.output !== 'json')) process.stderr.write(`${printable(line)}\n`);
  for (const { target, trouble } of preview.targets) {
    if (!trouble) continue;
    const isPartial = trouble instanceof RollcallError && trouble.code === 'STATE_UNREADABLE';
    process.stderr.write(`${target}: its changes ${isPartial ? 'are not known completely' : 'cannot be computed'}\n`);
    fail(trouble);
  }
  if (preview.targets.some(({ trouble }) => trouble)) return 2;
  return preview.targets.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

/** A pipe gets the exact bytes. A terminal cannot apply a patch, so control characters are shown by their numbers there. */
function writePatch({ targets }: ConfigPreview): void {
  const { text, missing } = formatPatch(targets.flatMap(({ differences }) => differences));
  process.stdout.write(process.stdout.isTTY ? printableLines(text) : text);
  for (const line of missing) process.stderr.write(`${printable(line)}\n`);
}

function writeTarget({ target, differences }: TargetPreview, stat: boolean): void {
  const { strong, good, bad } = coloursOf(process.stdout);
  for (const difference of differences) {
    const { head, lines, added, removed } = showDifference(target, difference);
    const counts = stat ? `  ${good(`+${added}`)} ${bad(`-${removed}`)}` : '';
    process.stdout.write(`${strong(printable(head))}${counts}\n${stat ? '' : paintDiff(lines)}`);
  }
}

/** The lines for standard error: they are not part of the diff. */
function notesOf({ targets, rejected, advice }: ConfigPreview, sums: boolean): string[] {
  const lines = targets.flatMap(({ target, quarantined, leftOut, remarks }) => [
    ...quarantined.map((one) => `${target}: left out: ${describeQuarantine(one)}`),
    ...(leftOut.length > 0 ? [`${target}: left out: ${countLeftOut(leftOut)} (-o json lists them)`] : []),
    ...remarks.map((remark) => `${target}: ${remark}`),
  ]);
  lines.push(...advice);
  if (rejected.length > 0) lines.push(describeRejected(rejected.length));
  return sums ? [...lines, ...targets.filter(({ trouble }) => !trouble).map(sumUp)] : lines;
}

/** Sums up a target: `nginx: 1 update, then command nginx -s reload`. */
function sumUp({ target, differences, reload }: TargetPreview): string {
  const counts = (['create', 'update', 'delete'] as const).flatMap((action) => {
    const count = differences.filter((one) => one.action === action).length;
    return count === 0 ? [] : [`${count} ${action}${count === 1 ? '' : 's'}`];
  });
  if (counts.length > 0) return `${target}: ${counts.join(', ')}${reload ? `, then ${reload.describe}` : ''}`;
  return `${target}: in step${reload?.pending ? `, reload (${reload.describe}) pending` : ''}`;
}

function describePreview({ targets, rejected }: ConfigPreview): object {
  return {
    targets: targets.map(({ target, differences, quarantined, leftOut, reload, remarks, trouble }) => ({
      target,
      differences: differences.map((difference) => {
        const { lines, added, removed } = showDifference(target, difference);
        const { action, output, notes } = difference;
        return { action, output, notes, added, removed, diff: lines.map(({ text }) => `${text}\n`).join('') };
      }),
      quarantined,
      leftOut: listLeftOut(leftOut),
      remarks,
      ...(reload && { reload }),
      ...(trouble && { trouble: trouble.message }),
    })),
    rejected,
  };
}
