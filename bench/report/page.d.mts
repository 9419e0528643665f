import type { Figures } from './records.mjs';

export function partsOf(records: readonly Figures[]): Readonly<Record<string, string>>;
