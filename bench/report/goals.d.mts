import type { Figures } from './records.mjs';

export interface Goal {
  readonly text: string;
  readonly unit: 'x' | ' ms';
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly most: number;
}

export function goalsOf(records: readonly Figures[]): Goal[];
export function isMet(goal: Goal): boolean;
export function sentenceOf(goal: Goal): string;
