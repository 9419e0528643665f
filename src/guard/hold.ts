import type { Instance } from '../model/instance.js';
import type { Pair } from '../model/pair.js';

/**
 * Why something that the last accepted view had is not in the selection.
 *
 * - `left`: the watch reported that its key went: deleted, or its lease ended.
 * - `listed`: a list does not have it: after a start, a cut, or an edit of the source.
 * - `rejected`: its key is in etcd, and its value cannot be used any more.
 * - `draining`: its last value said that it drains.
 * - `unselected`: the target's sources or filters do not take it, because the config or its value has changed.
 */
export type Cause = UnexplainedCause | 'draining' | 'unselected';

/** The causes of what may be held. The rules treat them alike. */
export type UnexplainedCause = 'left' | 'listed' | 'rejected';

/** The rule that a departure would break. */
export type Rule = 'min-instances' | 'service-share' | 'target-share' | 'source-share';

interface Held {
  readonly cause: UnexplainedCause;
  readonly rule: Rule;
  /** Wall-clock milliseconds, for people: when the guard first missed it, and when the hold ends at the latest. */
  readonly since: number;
  readonly deadline: number;
}

/** An instance or a pair that the guard keeps in the view although it is not in the selection. */
export type Hold =
  | ({ readonly kind: 'instance'; readonly instance: Instance } & Held)
  | ({ readonly kind: 'pair'; readonly source: string; readonly pair: Pair } & Held);

/**
 * Why a hold has ended.
 *
 * - `returned`: etcd has it again.
 * - `no-rule`: its departure breaks no rule any more, for example because others came.
 * - `expired`: `holdFor` is over.
 * - `released`: an operator has released it.
 * - `draining`, `unselected`: as in `Cause`.
 * - `taken`: another service has registered its address and port.
 * - `off`: the target has no guard any more.
 */
export type EndReason = 'returned' | 'no-rule' | 'expired' | 'released' | 'draining' | 'unselected' | 'taken' | 'off';

export interface EndedHold {
  readonly hold: Hold;
  readonly why: EndReason;
}
