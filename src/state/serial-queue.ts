/** Runs what it is given after all that it was given before. */
export type SerialQueue = (act: () => Promise<void>) => Promise<void>;

/** A failure is told to the caller whose turn it was; the next one has its turn all the same. */
export function createSerialQueue(): SerialQueue {
  let tail = Promise.resolve();
  return (act) => {
    const done = tail.then(act);
    tail = done.catch(() => undefined);
    return done;
  };
}
