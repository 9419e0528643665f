/** The right to write cluster-wide targets. */
export interface Leadership {
  /** Decimal. Each leadership of an election has a greater one than those before it. */
  readonly epoch: string;
  /** The identity of this process in the election. */
  readonly holder: string;
  /** Aborts when the right ends. A process that was stopped for seconds may not know it yet: ask `Leader.current` before each write. */
  readonly signal: AbortSignal;
}

/** Which of several processes may write cluster-wide targets. */
export interface Leader {
  /** The right to write now, by the clock. Undefined: another process has it, or none. */
  current(): Leadership | undefined;
}

/** Texts, by name, that the processes of an election share. Only the leader reads and writes them. */
export interface SharedTexts {
  /** Undefined: there is none. A late write of an earlier leader fails afterwards. */
  read(name: string, leadership: Leadership): Promise<string | undefined>;
  /** @throws RollcallError `NOT_LEADER`, the error of the store, or the reason of the leadership's signal */
  write(name: string, text: string, leadership: Leadership): Promise<void>;
}
