/** A folder in which nobody but root and this user may write, nor on the way to it. */
export function privateBase(): string;
/** The same in memory, where the machine has one. */
export function privateMemory(): string;
