export function ticksUpTo(greatest: number, ticks?: number): number[];
export function logarithmic(least: number, greatest: number, from: number, to: number): (value: number) => number;
export function short(number: number): string;
