import type { Refused } from './grammar.js';
import { longestYamlKey } from './limits.js';
import { isKnown } from './marks.js';
import { scan } from './scan.js';
import type { State } from './state.js';
import { stepYaml } from './yaml-scan.js';

/**
 * Refuses template text that makes brackets with values or blocks a key: `[{{a}}, {{b}}]: 1`. Only at the closing bracket it is clear that they
 * are a key (YAML 1.2.2, 7.4), and the values before it are then written, so their whole length is unknown.
 * @param state before the text.
 */
export function refuseFlowKey(state: State, text: string): Refused | undefined {
  if (!/[[{]/.test(state.nest) || isKnown(state.line)) return undefined;
  // A key is on one line.
  const line = /^.*/.exec(text)?.[0] ?? '';
  let open = state.nest.length;
  let at = 0;
  let found: Refused | undefined;
  const step: typeof stepYaml = (from, char, next) => {
    at += char.length;
    const changed = stepYaml(from, char, next);
    // After a block, the bracket may belong to a plain scalar for some readers.
    const depth = changed.mode === 'lost' && /[\]}]/.test(char) ? open - 1 : (changed.nest?.length ?? open);
    if (depth < open) {
      open = depth;
      // Inside other brackets, no white space is needed after the colon.
      if ((depth === 0 ? /^[ \t]*:(?:\s|$)/ : /^[ \t]*:/).test(line.slice(at))) found = flowKey;
    }
    return changed;
  };
  scan({ step }, state, line);
  return found;
}

const flowKey: Refused = {
  refused: 'brackets with a value or a block are a key',
  hint: `YAML readers accept at most ${longestYamlKey} characters in a key: write it as "? key" and ": value" on two lines.`,
};
