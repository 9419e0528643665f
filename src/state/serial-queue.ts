/** Runs each task after all earlier ones have ended. Settles with the result of the task. */
export type SerialQueue = (task: () => Promise<void>) => Promise<void>;

/** A failed task rejects for its own caller only. The next task runs in any case. */
export function createSerialQueue(): SerialQueue {
  let tail = Promise.resolve();
  return (task) => {
    const done = tail.then(task);
    tail = done.catch(() => undefined);
    return done;
  };
}
