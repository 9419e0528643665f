import type { TargetConfig } from '../config/schema.js';
import { readAdminAddress, type HaproxyRuntimeOptions } from '../reload/haproxy/schema.js';
import { createHaproxyRuntime, type HaproxyRuntime } from '../reload/haproxy/live-update-maker.js';
import { createRecordFile } from '../reload/haproxy/record.js';
import type { AdminAddress } from '../reload/haproxy/connection.js';
import type { TargetBlock } from '../targets/kinds.js';
import type { Runtime } from '../ports/runtime.js';
import type { Prepared } from './prepare.js';

export interface RuntimeParts extends TargetBlock {
  readonly prepared: Prepared;
  readonly config: TargetConfig;
  /** Absolute path of the target's own directory below the stateDir. */
  readonly scratch: string;
  readonly runtime: Runtime;
}

/** Makes what the `haproxyRuntime` block of a target describes. */
export function createRuntime(options: HaproxyRuntimeOptions, parts: RuntimeParts): HaproxyRuntime {
  const { scratch, runtime } = parts;
  return createHaproxyRuntime({
    address: addressOf(options),
    timeout: options.timeout,
    defaultServer: options.defaultServer.split(/\s+/).filter((word) => word !== ''),
    record: createRecordFile(scratch),
    clock: runtime.clock,
    isConfig: matchConfigs(parts),
  });
}

/** Where the `haproxyRuntime` block says that HAProxy listens. */
export function addressOf(options: HaproxyRuntimeOptions): AdminAddress {
  if ('socket' in options) return { path: options.socket };
  const address = readAdminAddress(options.address);
  if (!address) throw new TypeError(`${options.address} is no address`);
  return address;
}

/** Tells which outputs are configurations of HAProxy: those whose template has its dialect. */
function matchConfigs({ prepared, config, kind, options }: RuntimeParts): (path: string) => boolean {
  const compiled = prepared.compiled.get(config.name) ?? [];
  const uses = kind.templates(options).filter((_, index) => compiled[index]?.dialect === 'haproxy');
  const plain = new Set(uses.flatMap(({ output, scope }) => (scope === 'root' ? [output] : [])));
  const patterns = uses.flatMap(({ output, scope }) =>
    scope === 'root'
      ? []
      : [{ start: output.slice(0, output.indexOf('{{')), end: output.slice(output.lastIndexOf('}}') + 2) }],
  );
  return (path) => plain.has(path) || patterns.some(({ start, end }) => path.startsWith(start) && path.endsWith(end));
}
