/**
 * The library's door. A config is prepared, then run:
 *
 * ```ts
 * import { clock, openApp, prepareConfig } from 'rollcall';
 * const prepared = await prepareConfig('/etc/rollcall/rollcall.yaml');
 * const app = await openApp(prepared, { clock, random: Math.random, log, env: process.env });
 * await app.run(signal);
 * ```
 */
export { RollcallError, type ErrorCode } from './model/errors.js';
export type { Family, Instance, Service, Status } from './model/instance.js';
export type { Rejection, RejectionCode } from './model/format.js';
export type { Pair } from './model/pair.js';
export type { Snapshot, SourceSnapshot } from './model/snapshot.js';
export type { Quarantine, Tree, View } from './model/view.js';
export type { Outcome } from './controller/part.js';
export type { Clock, Log, Random } from './ports.js';
export type { Config } from './config/schema.js';
export { ConfigError, type ConfigProblem } from './config/problem.js';
export { loadConfig, type LoadedConfig } from './config/load.js';
export { TemplateError, type TemplateProblem } from './render/problem.js';
export { openApp, type App, type AppOptions } from './wire/app.js';
export { clock } from './wire/clock.js';
export { connect, type ConnectDeps, type ConnectOptions, type Registry } from './wire/connect.js';
export type { SetChange } from './wire/discovery/change.js';
export type { LiveSet, LiveSetEvents } from './wire/discovery/live-set.js';
export type { DiscoverOptions } from './wire/discovery/options.js';
export { runOnce, type OnceResult } from './wire/once.js';
export { prepareConfig, type Prepared } from './wire/prepare.js';
export type { Surroundings } from './wire/surroundings.js';
export { takeRoll } from './wire/take-roll.js';
