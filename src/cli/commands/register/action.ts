import type { WriterName } from '../../../formats/writers/writer.js';
import { fieldsOf, RollcallError, type ErrorCode } from '../../../model/errors.js';
import { StartError } from '../../../process/child.js';
import { planRegistration, type RegisterArguments } from '../../../agent/plan.js';
import { serveRegistration } from '../../../agent/run.js';
import type { Runtime } from '../../../ports/runtime.js';
import { exitCodeOf, fail } from '../../fail.js';
import type { Level } from '../../levels.js';
import { createRuntime } from '../../runtime.js';

/** A run that never served ends with these as with a wrong command line. */
const unusableFiles: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ETCD_PASSWORD_FILE', 'ETCD_TLS_FILES']);

/** The arguments that are not options. */
interface RegisterOperands {
  readonly service: string;
  readonly addressArgument: string | undefined;
  readonly command: readonly string[] | undefined;
}

/** The options of the command line. Times in milliseconds. */
export interface RegisterOptions {
  readonly ttl: number;
  readonly id?: string;
  readonly tag?: readonly string[];
  readonly meta?: Readonly<Record<string, string>>;
  readonly weight?: number;
  readonly zone?: string;
  readonly serviceVersion?: string;
  readonly scheme?: string;
  readonly format: WriterName;
  readonly prefix?: string;
  readonly key?: string;
  readonly takeOver?: true;
  readonly check?: string;
  readonly interval: number;
  readonly checkTimeout?: number;
  readonly rise: number;
  readonly fall: number;
  readonly onUnhealthy: 'withdraw' | 'critical';
  readonly drain: number;
  readonly killAfter: number;
  readonly endpoints?: readonly string[];
  readonly config?: string;
  readonly logLevel: Level;
}

/**
 * Registers a service while it runs, then ends this process, without waiting for pending calls to etcd. The exit code is the command's;
 * without a command 0, or 1 when the key could not be deleted in time. It is 1 when another writer has the key, or when etcd refuses a
 * registration without a command; 2 when the command line, or a file that it names, cannot be used; and 126 or 127 when the command cannot
 * be started, as in shells.
 */
export async function register(operands: RegisterOperands, options: RegisterOptions): Promise<never> {
  const runtime = await createRuntime(options.logLevel);
  process.exit(await serve(operands, options, runtime));
}

async function serve(operands: RegisterOperands, options: RegisterOptions, runtime: Runtime): Promise<number> {
  try {
    const plan = await planRegistration(requestOf(operands, options), process.env, process.cwd());
    return await serveRegistration(plan, runtime, (signals, hear) => {
      for (const signal of signals) process.on(signal, hear);
    });
  } catch (error) {
    // As in `run`: text for a terminal, otherwise every line of the log is JSON.
    if (process.stderr.isTTY) fail(error);
    else runtime.log.error(fieldsOf(error), 'rollcall cannot register');
    if (error instanceof StartError) return error.exitCode;
    return error instanceof RollcallError && unusableFiles.has(error.code) ? 2 : exitCodeOf(error);
  }
}

function requestOf(
  { service, addressArgument: where, command }: RegisterOperands,
  options: RegisterOptions,
): RegisterArguments {
  const { id, weight, zone, serviceVersion, scheme, tag, meta } = options;
  const { ttl, format, prefix, key, takeOver, check, interval, checkTimeout, rise, fall } = options;
  const { onUnhealthy, drain, killAfter, endpoints, config } = options;
  return {
    ...{
      service,
      addressArgument: where,
      command,
      id,
      weight,
      zone,
      version: serviceVersion,
      scheme,
      tags: tag,
      metadata: meta,
    },
    // A second instance of the command cannot serve beside the first one. Its key is not this one's to take.
    options: { ttl, format, prefix, key, takeOver, whenHeld: command === undefined ? 'adopt' : 'wait' },
    check,
    checkOptions: { interval, rise, fall, ...(checkTimeout !== undefined && { timeout: checkTimeout }) },
    onUnhealthy,
    drain,
    killAfter,
    etcd: { ...(endpoints && { endpoints }), ...(config !== undefined && { config }) },
  };
}
