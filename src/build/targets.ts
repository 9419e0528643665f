import type { Config } from '../config/schema.js';
import type { ManagedTarget } from '../controller/managed-target.js';
import { createEtcd, type Etcd } from '../etcd/client.js';
import { createViewBuilder } from '../snapshot/view-builder.js';
import type { Log } from '../ports.js';
import { createReload } from '../reload/registry.js';
import type { ReloadRuntime } from '../reload/runtime.js';
import type { Store } from '../state/store.js';
import type { OnStep } from '../targets/transaction.js';
import { createTarget, targetKinds, type TargetKindName } from '../targets/registry.js';
import type { Runtime } from '../ports.js';
import { sourcesOf, varsOf } from './compile-templates.js';
import { otherConnection } from './connection.js';
import type { Prepared } from './prepare.js';

type TargetConfig = Config['targets'][number];

export interface PartsOptions {
  readonly prepared: Prepared;
  readonly store: Pick<Store, 'journal' | 'scratch'>;
  /** The etcd that targets write to unless they name another. */
  readonly main: Etcd;
  /** Takes the others that are opened for them; whoever gave the list closes them. */
  readonly connections: Etcd[];
  readonly runtime: Runtime;
  /** By target, what the config before this one owned, as this process knows itself. */
  readonly vouched?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly onStep?: OnStep | undefined;
}

/** The targets of a config, each with its check, reload and journal. */
export async function createParts(options: PartsOptions): Promise<ManagedTarget[]> {
  const parts: ManagedTarget[] = [];
  for (const target of options.prepared.loaded.config.targets) parts.push(await createPart(options, target));
  return parts;
}

async function createPart(
  { prepared, store, main, connections, runtime, vouched, onStep }: PartsOptions,
  config: TargetConfig,
): Promise<ManagedTarget> {
  const { name } = config;
  const { config: all, folder } = prepared.loaded;
  const { clock, env } = runtime;
  const scratch = store.scratch(name);
  const commands: ReloadRuntime = { clock, environment: env, allowed: all.env, cwd: folder, scratch };
  const journal = await store.journal(name);
  const log: Log = runtime.log.child({ target: name });
  const check = config.check && (await import('../reload/check.js')).createCheck(config.check, commands);
  const deps = {
    target: name,
    journal,
    scratch,
    check,
    vouched: vouched?.get(name),
    log,
    clock,
    onStep,
    compile(file: NonNullable<TargetConfig['files']>[number]) {
      const compiled = prepared.compiled.get(file);
      if (!compiled) throw new TypeError(`the template of ${file.path} was not compiled`);
      return compiled;
    },
    etcd(block: Config['etcd'] | undefined) {
      if (!block) return main;
      const other = createEtcd(otherConnection(block, env), runtime);
      connections.push(other);
      return other;
    },
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
    ...(config.reload && { reload: await createReload(config.reload, commands) }),
    ...(config.confirm && {
      confirm: await (await import('../reload/confirm.js')).createConfirm(config.confirm, commands),
    }),
    minInterval: config.reload?.minInterval ?? 0,
  };
}
