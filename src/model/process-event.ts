import type { ElectionReason, Problem, Time } from './status.js';

/** What happened. `target` and `source` name the one that it happened to. */
export type HappenedEvent =
  | {
      readonly type: 'applied';
      readonly target: string;
      /** `source=revision` pairs, joined by commas. */
      readonly revision: string;
      readonly created: number;
      readonly updated: number;
      readonly deleted: number;
    }
  | { readonly type: 'reloaded'; readonly target: string; readonly revision: string }
  | { readonly type: 'updated'; readonly target: string; readonly revision: string; readonly servers: number }
  | {
      readonly type: 'fell-back';
      readonly target: string;
      readonly revision: string;
      readonly reason: string;
      readonly isRefused: boolean;
    }
  | {
      readonly type: 'failed' | 'refused';
      readonly target: string;
      readonly revision: string;
      readonly problem: Problem;
    }
  | { readonly type: 'kept'; readonly target: string; readonly revision: string; readonly reason: string }
  | { readonly type: 'held' | 'let-go'; readonly target: string; readonly revision: string; readonly count: number }
  | { readonly type: 'recovered'; readonly target: string; readonly revision: string }
  | { readonly type: 'resync-asked'; readonly target: string }
  | { readonly type: 'released'; readonly target: string; readonly service?: string }
  | { readonly type: 'source-listed'; readonly source: string; readonly revision: string }
  | { readonly type: 'source-live'; readonly source: string }
  | { readonly type: 'source-lost'; readonly source: string; readonly problem: Problem }
  | { readonly type: 'leader'; readonly epoch: string }
  | { readonly type: 'standby'; readonly epoch: string; readonly reason: ElectionReason }
  | { readonly type: 'config-applied'; readonly generation: number }
  | { readonly type: 'config-refused'; readonly problem: Problem };

/** An event with its place in the order of all events. */
export type ProcessEvent = HappenedEvent & {
  /** `RUN-NUMBER`: RUN is another one for each process, NUMBER counts from 1. */
  readonly id: string;
  readonly at: Time;
};
