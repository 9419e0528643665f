/** Runs until the signal aborts. */
export function runFakeKubelet(
  api: (
    method: string,
    path: string,
    body?: object,
    contentType?: string,
  ) => Promise<{ readonly status: number; readonly body: unknown }>,
  signal: AbortSignal,
): Promise<void>;
