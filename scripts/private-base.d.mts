/** A folder that only root and this user may write, as is every folder on the way to it. */
export function privateBase(): string;
/** The same in memory, where the machine has one. */
export function privateMemory(): string;
