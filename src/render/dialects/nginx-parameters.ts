import { groupDigits } from '../../model/group-digits.js';
import type { Measure } from './grammar.js';
import { longestNginxParameter } from './limits.js';

/** Finds parameters and comments that do not fit into nginx's buffer. It reads them as ngx_conf_read_token() does. */
export const nginxParameters: Measure = {
  minLength: Math.floor(longestNginxParameter / 3),
  of(text, from) {
    let inside = from === 'double' ? '"' : from === 'single' ? "'" : from === 'comment' ? '#' : '';
    let word = inside !== '';
    let start = 0;
    let problem: string | undefined;
    const end = (at: number): void => {
      // The closing quote counts, the opening one does not.
      if (at - start > longestNginxParameter / 3 && Buffer.byteLength(text.slice(start, at)) > longestNginxParameter)
        problem = `a parameter or a comment longer than the ${groupDigits(longestNginxParameter)} bytes that nginx reads at once`;
      word = false;
      inside = '';
    };
    for (let at = 0; at < text.length; at++) {
      const char = text[at];
      if (inside === '#') {
        if (char === '\n') end(at);
      } else if (char === '\\') {
        if (!word) start = at;
        word = true;
        at++;
      } else if (inside !== '') {
        if (char === inside) end(at + 1);
      } else if (char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === ';' || char === '{') {
        if (word) end(at);
      } else if (!word) {
        word = true;
        start = at;
        if (char === '#') inside = '#';
        else if (char === '"' || char === "'") {
          inside = char;
          start++;
        }
      }
    }
    const open = word ? start - (inside === '"' || inside === "'" ? 1 : 0) : text.length;
    if (word) end(text.length);
    return { problem, openFrom: Math.max(open, 0) };
  },
};
