export interface Spread {
  readonly services: number;
  readonly sources: number;
}

export function prefixesOf(spread: Spread): string[];
export function keyOf(i: number, spread: Spread): string;
export function addressOf(i: number): string;
