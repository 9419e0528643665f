import type { Figures } from './records.mjs';

export function chartsOf(records: readonly Figures[]): Readonly<Record<string, string>>;
