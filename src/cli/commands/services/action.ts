import { describeLeaseless } from '../../../catalog/log-leases.js';
import { findConfig } from '../../../config/find.js';
import { loadConfig } from '../../../config/load.js';
import { adviseFormat, describeFormatAdvice } from '../../../formats/advise-format.js';
import { adviseKeys, describeAdvice } from '../../../formats/keys/advice.js';
import { describePrefix } from '../../../model/key-prefix.js';
import type { Snapshot } from '../../../model/snapshot.js';
import { nearest } from '../../../model/suggest.js';
import { listReadableSources, type ListFailure, type Listing } from '../../../inspect/list.js';
import { coloursOf } from '../../terminal/color.js';
import type { Output } from '../../options.js';
import { hasUnseen, printable, printableJson, printableLines, printableYaml } from '../../terminal/escape.js';
import { withProgress } from '../../terminal/spinner.js';
import { columns, countLeaseless, instancesOf } from './rows.js';
import { fail } from '../../fail.js';
import { createRuntime } from '../../runtime.js';
import { table } from '../../terminal/table.js';

export interface ServicesOptions {
  readonly config?: string;
  readonly output: Output;
  /** Milliseconds. */
  readonly timeout: number;
  readonly watch?: true;
}

/**
 * Shows the registered instances of every source that can be read. Exit code 1 when a service was named and has no instance, or when etcd
 * does not permit a source; 2 when stateDir cannot be read and a source depends on it. With `watch`, follows the changes until SIGINT
 * or SIGTERM, then exits 0; it throws when etcd refuses every source before the first list.
 */
export async function services(name: string | undefined, options: ServicesOptions): Promise<number> {
  const runtime = await createRuntime('silent');
  const { config } = await loadConfig(await findConfig(options.config, process.env, process.cwd()));
  if (options.watch && options.output !== 'yaml') {
    const { watch } = await import('./watch.js');
    return watch(config, name, options.output, runtime);
  }
  const asked = listReadableSources(config, runtime, options.timeout);
  const listing = await withProgress('waiting for etcd', asked);
  const { snapshot, failures, hasLease } = listing;
  const instances = instancesOf(snapshot, name);
  const unknown = name !== undefined && instances.length === 0;
  const described = describe(listing, instances);
  switch (options.output) {
    case 'table':
    case 'wide': {
      const wide = options.output === 'wide';
      const width = process.stdout.isTTY && !wide ? process.stdout.columns : undefined;
      const colours = coloursOf(process.stdout);
      if (!unknown)
        process.stdout.write(table(columns(wide, colours, hasLease), instances, { width, paintHead: colours.strong }));
      process.stderr.write(sumUp(snapshot, wide));
      break;
    }
    case 'json':
      process.stdout.write(`${printableJson(JSON.stringify(described, undefined, 2))}\n`);
      break;
    case 'yaml': {
      const { Document, visit } = await import('yaml');
      const document = new Document(described, { aliasDuplicateObjects: false });
      visit(document, {
        Scalar(_key, node) {
          if (typeof node.value === 'string' && hasUnseen(node.value)) node.type = 'QUOTE_DOUBLE';
        },
      });
      process.stdout.write(printableYaml(document.toString()));
    }
  }
  if (unknown) process.stderr.write(printableLines(`rollcall: ${explainUnknown(name, snapshot, failures)}\n`));
  return Math.max(unknown ? 1 : 0, ...failures.map(({ error }) => fail(error)));
}

function explainUnknown(name: string, snapshot: Snapshot, failures: readonly ListFailure[]): string {
  const names = [...new Set(instancesOf(snapshot).map(({ service }) => service))];
  const suggestion = nearest(name, names);
  const scope = failures.length === 0 ? '' : ' in the sources that could be read';
  const message = `no instance of ${JSON.stringify(name)} is registered${scope}`;
  if (suggestion !== undefined) return `${message}; did you mean ${suggestion}?`;
  return names.length === 0 ? message : `${message}\n  \`rollcall services\` lists all services.`;
}

function describe(
  { snapshot: { sources }, hasLease, failures }: Listing,
  instances: ReturnType<typeof instancesOf>,
): object {
  return {
    sources: sources.map(({ source, prefix, keys, format, revision, counts }) => ({
      source,
      prefix,
      pattern: keys,
      format,
      revision,
      ...counts,
    })),
    instances: instances.map((instance) => ({ ...instance, lease: hasLease(instance) })),
    rejected: sources.flatMap(({ rejected }) => rejected),
    failures: failures.map(({ sources: names, error: { code, message } }) => ({ sources: names, code, message })),
  };
}

/** The lines below a table: raw keys, empty prefixes, advice, registrations without a lease, and rejected ones. */
function sumUp(snapshot: Snapshot, wide: boolean): string {
  const { sources } = snapshot;
  const rejected = sources.flatMap((source) => source.rejected);
  const pairs = sources.reduce((sum, source) => sum + source.pairs.length, 0);
  const lines = pairs > 0 ? [`${pairs} raw keys`] : [];
  for (const { prefix, counts } of sources)
    if (counts.keys === 0) lines.push(printable(`no key ${describePrefix(prefix)}`));
  for (const source of sources) {
    const advice = adviseKeys(source);
    if (advice) lines.push(printable(`source ${source.source}: ${describeAdvice(advice)}`));
    const other = adviseFormat(source);
    if (other) lines.push(printable(`source ${source.source}: ${describeFormatAdvice(other)}`));
  }
  const leaseless = countLeaseless(snapshot);
  if (leaseless > 0) lines.push(`${describeLeaseless(leaseless)}${wide ? '' : ' (-o wide marks them)'}`);
  if (rejected.length > 0) lines.push(`${rejected.length} rejected${wide ? ':' : ' (-o wide shows them)'}`);
  if (wide)
    lines.push(...rejected.map(({ key, code, reason }) => printable(`  ${JSON.stringify(key)}  ${code}: ${reason}`)));
  return lines.map((line) => `${line}\n`).join('');
}
