import type { CommandContext } from './check.js';
import type { Output } from './output.js';

/** Makes the consumer load the outputs, or confirms that it has loaded them. */
export interface Reload {
  /** One line for people: `command nginx -s reload`. */
  readonly describe: string;
  /** Resolves when the consumer has acknowledged it. @throws RollcallError with the consumer's answer. */
  run(context: CommandContext, signal: AbortSignal): Promise<void>;
}

/** The outcome of one attempt to bring a running consumer in step without a reload. */
export type LiveResult =
  | {
      /** The consumer has what the outputs say, or nothing was asked of it. */
      readonly kind: 'in-step';
      /** Number of servers that were added, changed or taken out of service. */
      readonly changed: number;
      /** Why the consumer could not be looked at, or is known to differ. Only without a pending reload: one has not helped, or is not due. */
      readonly problem?: string;
    }
  | {
      readonly kind: 'reload';
      /** Why a reload is needed, as a clause. */
      readonly reason: string;
      /** True: the consumer should have been able to do it, and did not. False: such a change always needs a reload. */
      readonly isRefused: boolean;
    };

/** Brings a running consumer in step with its outputs without a reload, as far as the consumer can. */
export interface LiveUpdate {
  /** One line for people: `admin socket /run/haproxy/admin.sock`. */
  readonly describe: string;
  /**
   * Compares the running consumer with the outputs in place, and changes it. Bounded in time. Never rejects.
   *
   * @param outputs all outputs of the target, as they are in place
   * @param isPending outputs have changed since the consumer was last known to have them
   * @param isWhole look at everything, not only at what has changed since the last look
   */
  run(
    outputs: readonly Output[],
    facts: { readonly isPending: boolean; readonly isWhole: boolean },
  ): Promise<LiveResult>;
  /** Clock time at which `run` wants to be called again. Infinity: not before a change. */
  readonly dueAt: number;
  /** Number of servers that take no new connection and are removed when their open ones have ended. */
  readonly leaving: number;
}
