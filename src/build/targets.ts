import type { Config } from '../config/schema.js';
import type { ManagedTarget } from '../controller/managed-target.js';
import type { Etcd } from '../etcd/client.js';
import type { EtcdBlock } from '../etcd/schema.js';
import { createViewBuilder } from '../snapshot/view-builder.js';
import type { Log } from '../ports.js';
import { createCheck } from '../reload/check.js';
import { createConfirm } from '../reload/confirm.js';
import { createReload } from '../reload/registry.js';
import type { ReloadRuntime } from '../reload/runtime.js';
import type { Store } from '../state/store.js';
import type { OnStep } from '../targets/transaction.js';
import { createTarget, targetKinds, type TargetKindName } from '../targets/registry.js';
import type { Runtime } from '../ports.js';
import { sourcesOf, varsOf } from './compile-templates.js';
import type { Prepared } from './prepare.js';

type TargetConfig = Config['targets'][number];

export interface ManagedTargetOptions {
  readonly prepared: Prepared;
  /** The target's block, as it stands in the prepared config. */
  readonly config: TargetConfig;
  readonly store: Pick<Store, 'journal' | 'scratch'>;
  /** The etcd that a block describes; without a block, the main one. The caller closes it. */
  readonly connect: (block: EtcdBlock | undefined) => Etcd;
  readonly runtime: Runtime;
  /** Outputs that this process itself knows to be the target's, from an earlier config. */
  readonly vouched?: readonly string[] | undefined;
  readonly onStep?: OnStep | undefined;
}

/** A target of a config with its check, reload and journal. */
export async function createManagedTarget({
  prepared,
  config,
  store,
  connect,
  runtime,
  vouched,
  onStep,
}: ManagedTargetOptions): Promise<ManagedTarget> {
  const { name } = config;
  const { config: all, folder } = prepared.loaded;
  const { clock, env } = runtime;
  const scratch = store.scratch(name);
  const commands: ReloadRuntime = { clock, environment: env, allowed: all.env, cwd: folder, scratch };
  const journal = await store.journal(name);
  const log: Log = runtime.log.child({ target: name });
  const check = config.check && createCheck(config.check, commands);
  const deps = {
    target: name,
    journal,
    scratch,
    check,
    vouched,
    log,
    clock,
    onStep,
    compile(file: NonNullable<TargetConfig['files']>[number]) {
      const compiled = prepared.compiled.get(file);
      if (!compiled) throw new TypeError(`the template of ${file.path} was not compiled`);
      return compiled;
    },
    etcd: connect,
  };
  const kind = (Object.keys(targetKinds) as TargetKindName[]).find((key) => config[key] !== undefined);
  const options = kind && config[kind];
  if (!kind || !options) throw new TypeError(`target ${name} is of no kind`);
  return {
    name,
    sources: sourcesOf(all, config),
    view: createViewBuilder({
      target: name,
      sources: config.sources,
      ...(config.select && { select: config.select }),
      expect: config.expect,
      vars: varsOf(all, config),
      env: Object.fromEntries(all.env.map((variable) => [variable, env[variable] ?? ''])),
    }),
    target: createTarget(kind, options, deps),
    journal,
    ...(config.reload && { reload: createReload(config.reload, commands) }),
    ...(config.confirm && { confirm: createConfirm(config.confirm, commands) }),
    minInterval: config.reload?.minInterval ?? 0,
  };
}
