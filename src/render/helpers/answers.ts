/** Answers to questions, one object for one question for as long as somebody holds it. */
export interface Answers<T extends object> {
  /** The answer that is held, or that of `find`. */
  to(question: string, find: () => T): T;
  /** Number of questions that are kept. */
  readonly size: number;
}

/** Below so many it is not worth while to look for those that nobody holds. */
const few = 64;

/**
 * What is asked may be made of the names of services, which come and go while the keys stay: nothing is kept for ever.
 */
export function createAnswers<T extends object>(): Answers<T> {
  const known = new Map<string, WeakRef<T>>();
  let enough = few;
  const tidy = (): void => {
    for (const [question, answer] of known) if (answer.deref() === undefined) known.delete(question);
    enough = Math.max(few, known.size * 2);
  };
  return {
    to(question, find) {
      let answer = known.get(question)?.deref();
      if (answer === undefined) {
        answer = find();
        known.set(question, new WeakRef(answer));
        if (known.size > enough) tidy();
      }
      return answer;
    },
    get size() {
      return known.size;
    },
  };
}
