/**
 * The library. A program registers itself and discovers other services:
 *
 * ```ts
 * import { connect } from 'rollcall';
 * await using registry = connect({ endpoints: ['http://127.0.0.1:2379'] });
 * await registry.register({ service: 'web', address: '10.0.0.1', port: 8080 });
 * const api = await registry.discover('api');
 * api.pick();
 * ```
 *
 * A program prepares a config and runs it:
 *
 * ```ts
 * import { clock, openManager, prepareConfig } from 'rollcall';
 * const prepared = await prepareConfig('/etc/rollcall/rollcall.yaml');
 * const manager = await openManager(prepared, { clock, random: Math.random, log, env: process.env });
 * await manager.run(signal);
 * ```
 */

// The connection
export {
  connect,
  type ConnectDeps,
  type ConnectOptions,
  type Registry,
  type RegistryStatus,
} from './client/connect.js';
export { fromEtcd3, type Etcd3Options, type FromEtcd3Extra } from './client/from-etcd3.js';
export type { Credentials, EtcdOptions, TlsFiles } from './etcd/options.js';
export type { Clock, Log, Random, Runtime } from './ports/runtime.js';

// Registering
export type { Registration, NormalizedRegistration } from './model/registration.js';
export type {
  Reason,
  Registered,
  RegisteredChange,
  RegisteredState,
  RegisterOptions,
  RegistrationStatus,
} from './registrar/registered.js';
export type { WriterName } from './formats/writers/writer.js';

// Discovering
export type { DiscoverOptions } from './client/discovery/options.js';
export type { FormatOption } from './formats/schema.js';
export type { InstanceFilter } from './model/filter.js';
export type { AddressRules } from './model/addresses.js';
export type { LiveSet, LiveSetEvents } from './client/discovery/live-set.js';
export type { LiveSetStatus } from './client/discovery/status.js';
export type { Staleness } from './catalog/staleness.js';
export type { SetChange } from './client/discovery/change.js';
export type { InstanceUpdate } from './model/changes.js';
export type { Family, Instance, Service, Status } from './model/instance.js';
export type { Rejection, RejectionCode } from './model/format.js';

// Errors
export { RollcallError, type ErrorCode } from './model/errors.js';
export { ConfigError, type ConfigProblem } from './config/problem.js';
export { TemplateError, type TemplateProblem } from './render/problem.js';

// Running a config
export { prepareConfig, type Prepared } from './build/prepare.js';
export { loadConfig, type LoadedConfig } from './config/load.js';
export type { Config } from './config/schema.js';
export { openManager } from './daemon/manager.js';
export type { Manager, ManagerOptions } from './daemon/manager-api.js';
export type { EventFeed, ListedInstance } from './ports/running-process.js';
export type { Problem, ProcessStatus, SourceStatus, TargetDetail, TargetStatus, Time } from './model/status.js';
export type { ProcessEvent } from './model/process-event.js';
export type { Outcome } from './controller/managed-target.js';
export { runOnce, type OnceResult } from './daemon/run-once.js';
export { listSources } from './inspect/list.js';
export { clock } from './build/system-clock.js';
export type { Snapshot, SourceSnapshot } from './model/snapshot.js';
export type { Quarantine, Tree, View } from './model/view.js';
export type { Pair } from './model/pair.js';
