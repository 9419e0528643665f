import { EventEmitter } from 'node:events';
import { fieldsOf } from '../model/errors.js';
import type { Clock, Log } from '../ports/runtime.js';
import type { Reason, RegisteredChange, RegisteredState } from './registered.js';

export type Listener = (change: RegisteredChange) => void;

/** The state of one registration, and the listeners to its changes. */
export interface Notifier {
  /** Undefined until the first change. */
  readonly last: RegisteredChange | undefined;
  /** Since when the state is that of `last`. Wall clock, milliseconds since the epoch; 0 before the first change. */
  readonly since: number;
  /** Logs a change and calls the listeners. A repeated change is ignored. An error of a listener is logged, and the other listeners run. */
  notify(state: RegisteredState, reason: Reason, detail: string, error?: Error): void;
  on(listener: Listener): void;
  off(listener: Listener): void;
}

/** Reasons that one cause may produce twice. */
const repeating: readonly Reason[] = ['keepalive-overdue', 'lease-gone', 'key-gone', 'key-taken', 'deregistered'];

export function createNotifier(log: Log, clock: Pick<Clock, 'wall'>): Notifier {
  const listeners = new EventEmitter<{ change: [RegisteredChange] }>();
  let last: RegisteredChange | undefined;
  let since = 0;
  return {
    get last() {
      return last;
    },
    get since() {
      return since;
    },
    notify(state, reason, detail, error) {
      if (last?.state === state && last.reason === reason && repeating.includes(reason)) return;
      const change = Object.freeze({ state, before: last?.state, reason, detail, ...(error && { error }) });
      if (last?.state !== state) since = clock.wall();
      last = change;
      log[state === 'lost' ? 'warn' : 'info']({ state, reason, ...(error && fieldsOf(error)) }, detail);
      for (const listener of listeners.listeners('change') as Listener[]) {
        try {
          listener(change);
        } catch (thrown) {
          log.error(fieldsOf(thrown), 'a listener of a registration threw');
        }
      }
    },
    on: (listener) => void listeners.on('change', listener),
    off: (listener) => void listeners.off('change', listener),
  };
}
