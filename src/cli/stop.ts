/** Aborts at SIGTERM or SIGINT; a second one ends the process at once with 1. */
export function stopOnSignals(onStop?: (signal: NodeJS.Signals) => void): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      onStop?.(signal);
      stop.abort();
    });
  }
  return stop.signal;
}
