import type { Config, TargetConfig } from '../config/schema.js';
import { hasSecretSource, sourcesOf, varsOf } from '../config/target-inputs.js';
import { rawOf, type GuardMemory, type TargetGuard } from '../controller/target-guard.js';
import type { EmptyPolicy, ManagedTarget } from '../controller/managed-target.js';
import type { Etcd } from '../etcd/client.js';
import type { EtcdBlock } from '../etcd/schema.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import { compileFilter, compileNames, type InstanceFilter } from '../model/filter.js';
import type { Instance } from '../model/instance.js';
import { createTargetMeasures, type TargetMeasures } from '../model/measures.js';
import type { Snapshot } from '../model/snapshot.js';
import type { JournalReader } from '../ports/journal.js';
import type { Leader } from '../ports/leader.js';
import type { Reload } from '../ports/reload.js';
import type { Runtime } from '../ports/runtime.js';
import type { TargetReader } from '../ports/target.js';
import { measureCheck } from '../reload/measured-check.js';
import { createReload, type ReloadOptions } from '../reload/registry.js';
import type { ReloadRuntime } from '../reload/runtime.js';
import { createViewBuilder, type ViewBuilder } from '../snapshot/view-builder.js';
import type { Store } from '../state/store.js';
import type { TargetBlock } from '../targets/kinds.js';
import type { ReaderDeps } from '../targets/maker.js';
import type { OnStep } from '../targets/transaction.js';
import { identifySelection } from './identity.js';
import { leftOutRules } from './left-out-rules.js';
import { electionOf } from './cluster-wide.js';
import type { Prepared } from './prepare.js';

export interface TargetReaderOptions {
  readonly guard: GuardMemory;
  /** The last good snapshot of an earlier process. */
  readonly lastGood: () => Snapshot | undefined;
  readonly prepared: Prepared;
  /** One of the targets of `prepared`. */
  readonly config: TargetConfig;
  /** Absolute path of the target's own directory below the stateDir. */
  readonly scratch: string;
  readonly journal: JournalReader;
  /** Returns the connection for a block; undefined: the main connection. The caller owns it and closes it. */
  readonly connect: (block: EtcdBlock | undefined) => Etcd;
  /** The cluster of the config. The caller closes it. */
  readonly cluster: ClusterAccess;
  readonly runtime: Runtime;
}

/** A target that can only read: nothing in it writes. */
export interface ReadOnlyTarget {
  readonly name: string;
  readonly sources: readonly string[];
  readonly view: ViewBuilder;
  readonly guard: TargetGuard;
  readonly empty: EmptyPolicy;
  readonly reader: TargetReader;
  readonly journal: JournalReader;
  /** The reload, for messages: `command nginx -s reload`. */
  readonly reload?: Pick<Reload, 'describe'>;
}

/** Makes one target of a config for commands that read beside a running process. */
export async function createReadOnlyTarget(options: TargetReaderOptions): Promise<ReadOnlyTarget> {
  const { config, journal } = options;
  const { kind, options: block } = blockOf(options);
  const maker = await kind.load();
  return {
    name: config.name,
    sources: sourcesOf(options.prepared.loaded.config, config),
    view: createView(options),
    guard: createTargetGuard(options),
    empty: emptyPolicyOf(options),
    reader: maker.createReader(block, createReaderDeps(options)),
    journal,
    ...(config.reload && { reload: await createReload(config.reload, createCommands(options)) }),
  };
}

export interface ManagedTargetOptions extends Omit<TargetReaderOptions, 'scratch' | 'journal'> {
  readonly store: Pick<Store, 'journal' | 'scratch' | 'originals' | 'withheld'>;
  /** The part of this process in the election of the config. Absent: this process writes all targets. */
  readonly leader?: Leader;
  /** Outputs that this process wrote for the target under an earlier config. */
  readonly vouched?: readonly string[] | undefined;
  /** Where checks, reloads and passes are counted. Default: nothing reports them. */
  readonly measures?: TargetMeasures;
  /** Called at every named step of the target's transactions. For crash tests. */
  readonly onStep?: OnStep | undefined;
}

/** Makes one target of a config with its check, reload and journal. */
export async function createManagedTarget(options: ManagedTargetOptions): Promise<ManagedTarget> {
  const { config, store, runtime, vouched, onStep, measures = createTargetMeasures() } = options;
  const { name, check, reload, confirm } = config;
  const { clock } = runtime;
  const { kind, options: block } = blockOf(options);
  const maker = await kind.load();
  const view = createView(options);
  const journal = await store.journal(name);
  const parts = { ...options, journal, scratch: store.scratch(name) };
  const commands = createCommands(parts);
  const { config: all, kinds } = options.prepared.loaded;
  const leader = electionOf(all, kinds, config) && options.leader;
  const target = maker.createTarget(block, {
    ...createReaderDeps(parts),
    journal,
    leader,
    check: check && measureCheck((await import('../reload/check.js')).createCheck(check, commands), measures, clock),
    vouched,
    originals: store.originals,
    log: runtime.log.child({ target: name }),
    onStep,
  });
  return {
    name,
    sources: sourcesOf(options.prepared.loaded.config, config),
    view,
    ...(view.services && { services: view.services }),
    leftOut: view.leftOut,
    guard: createTargetGuard(options),
    empty: emptyPolicyOf(options),
    target,
    ...(leader && { leader }),
    journal,
    measures,
    withheld: store.withheld(name),
    ...(reload && (await createConsumer(reload, parts, commands))),
    ...(confirm && { confirm: await (await import('../reload/confirm.js')).createConfirm(confirm, commands) }),
    minInterval: reload?.minInterval ?? 0,
  };
}

/** The reload, and what is tried before it. */
async function createConsumer(
  reload: ReloadOptions,
  options: TargetReaderOptions,
  commands: ReloadRuntime,
): Promise<Pick<ManagedTarget, 'reload' | 'live'>> {
  const made = await createReload(reload, commands);
  const { haproxyRuntime: runtime } = options.config;
  if (!runtime) return { reload: made };
  const { createRuntime } = await import('./haproxy-runtime.js');
  const haproxy = createRuntime(runtime, { ...options, ...blockOf(options) });
  return { live: haproxy.live, reload: haproxy.watchOver(made, reload.timeout) };
}

function createTargetGuard(options: Omit<TargetReaderOptions, 'scratch' | 'journal'>): TargetGuard {
  const { prepared, config, guard: memory, lastGood } = options;
  const { config: all } = prepared.loaded;
  const names = sourcesOf(all, config);
  return {
    policy: config.guard === 'off' ? undefined : config.guard,
    memory,
    selects: createSelects(all, config),
    lastKnown() {
      const snapshot = lastGood();
      // Another builder, because the target's own remembers the view before.
      return snapshot && { view: createView(options)(snapshot), raw: rawOf(snapshot, names) };
    },
  };
}

/** Whether the filters of the target and of an instance's source take the instance. */
function createSelects({ sources }: Config, { select }: TargetConfig): TargetGuard['selects'] {
  const takes = compileSelect(select);
  const bySource = new Map(sources.map((source) => [source.name, compileSelect(source.select)]));
  return (instance) => takes(instance) && bySource.get(instance.source)?.(instance) !== false;
}

function compileSelect(select: InstanceFilter | undefined): (instance: Instance) => boolean {
  const [names, matches] = [compileNames(select), compileFilter(select)];
  return (instance) => names.matches(instance.service) && matches?.(instance) !== false;
}

function emptyPolicyOf({ prepared, config }: Pick<TargetReaderOptions, 'prepared' | 'config'>): EmptyPolicy {
  const { guard } = config;
  return { after: guard === 'off' ? 0 : guard.holdFor, selection: identifySelection(prepared.loaded.config, config) };
}

function blockOf({ prepared, config }: Pick<TargetReaderOptions, 'prepared' | 'config'>): TargetBlock {
  const [block] = prepared.loaded.kinds.blocksOf(config);
  if (!block) throw new TypeError(`target ${config.name} is of no kind`);
  return block;
}

function createReaderDeps(options: TargetReaderOptions): ReaderDeps {
  const { prepared, config, journal, scratch, connect, cluster, runtime } = options;
  const { config: all } = prepared.loaded;
  return {
    target: config.name,
    journal,
    scratch,
    templates: prepared.compiled.get(config.name) ?? [],
    secret: blockOf({ prepared, config }).kind.secret || hasSecretSource(all, config),
    clock: runtime.clock,
    connect,
    cluster,
  };
}

function createCommands({
  prepared,
  scratch,
  cluster,
  runtime: { clock, env },
}: Pick<TargetReaderOptions, 'prepared' | 'scratch' | 'cluster' | 'runtime'>): ReloadRuntime {
  const { config, directory } = prepared.loaded;
  return { clock, environment: env, allowed: config.env, cwd: directory, scratch, cluster };
}

function createView({
  prepared,
  config,
  runtime: { env },
}: Pick<TargetReaderOptions, 'prepared' | 'config' | 'runtime'>): ViewBuilder {
  const { config: all } = prepared.loaded;
  const { name, sources, select, expect } = config;
  const { kind } = blockOf({ prepared, config });
  const vars = varsOf(all, config);
  return createViewBuilder({
    target: name,
    sources,
    ...(select && { select }),
    expect,
    vars,
    rules: leftOutRules(kind, prepared.compiled.get(name) ?? [], vars),
    env: Object.fromEntries(all.env.map((variable) => [variable, env[variable] ?? ''])),
  });
}
