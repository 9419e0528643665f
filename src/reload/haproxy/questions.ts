import { RollcallError } from '../../model/errors.js';
import { readInfo, readServers, type ProcessInfo, type RunningBackends } from './answers.js';
import { ask, showAddress, type AdminAddress } from './connection.js';
import { commandOf, type Action } from './plan.js';

/** From this number of backends on, all are asked for at once. */
const manyBackends = 16;

/** Characters of an answer that a message quotes. */
const quoted = 200;

/** What HAProxy's admin socket is asked. All functions throw as `ask` does. */
export interface Questions {
  info(signal: AbortSignal): Promise<ProcessInfo>;
  /** The servers of these backends; undefined: of all. `missing`: those that HAProxy does not have. */
  servers(
    backends: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly running: RunningBackends; readonly missing: readonly string[] }>;
  /** Undefined: HAProxy has done it. Else its words, in quotes. */
  command(action: Action, backend: string, signal: AbortSignal): Promise<Refusal | undefined>;
}

export interface Refusal {
  readonly words: string;
  /** It refuses only while the server has connections. */
  readonly isBusy: boolean;
}

/** @param hidesWords whether HAProxy's words could quote secret outputs now */
export function createQuestions(address: AdminAddress, hidesWords: () => boolean): Questions {
  const where = showAddress(address);
  const strange = (question: string, answer: string): RollcallError =>
    new RollcallError(
      'HAPROXY_UNREACHABLE',
      `admin socket ${where}: the answer to \`${question}\` is not that of HAProxy: ${quote(answer, hidesWords())}`,
    );

  /** Every answer of HAProxy ends with an empty line. Without it, the process may have died in the middle. */
  async function read(question: string, signal: AbortSignal): Promise<string> {
    const answer = await ask(address, question, signal);
    if (!answer.endsWith('\n\n')) throw strange(question, answer);
    return answer;
  }

  return {
    async info(signal) {
      const answer = await read('show info', signal);
      const info = readInfo(answer);
      if (!info) throw strange('show info', answer);
      return info;
    },
    async servers(backends, signal) {
      const running: RunningBackends = new Map();
      const missing: string[] = [];
      const each = backends && backends.length < manyBackends ? backends : [undefined];
      for (const backend of each) {
        const question = `show servers state${backend === undefined ? '' : ` ${backend}`}`;
        const answer = await read(question, signal);
        if (backend !== undefined && answer.trim() === "Can't find backend.") missing.push(backend);
        else if (!readServers(answer, running)) throw strange(question, answer);
      }
      return { running, missing };
    },
    async command(action, backend, signal) {
      const { line, accepts } = commandOf(action, backend);
      const answer = await ask(address, line, signal);
      // The first refusal is the cause of those that follow it.
      const words = answer.split('\n').find((said) => said.trim() !== '' && !accepts.test(said));
      if (words === undefined) return undefined;
      return { words: quote(words, hidesWords()), isBusy: action.kind === 'remove' && /connections/i.test(words) };
    },
  };
}

function quote(words: string, isHidden: boolean): string {
  if (isHidden) return 'its words are not shown, because the target is secret';
  // eslint-disable-next-line no-control-regex
  const plain = words.trim().replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return `"${plain.length > quoted ? `${plain.slice(0, quoted)}…` : plain}"`;
}
