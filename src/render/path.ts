import type { Service } from '../model/instance.js';
import type { View } from '../model/view.js';
import { longestName } from './dialects/path.js';
import type { Known } from './shape.js';
import { compileFor } from './template.js';
import type { Rendered } from './template.js';

/** The destination paths of a fan-out: `/etc/haproxy/maps/{{service.name}}.map`. */
export interface PathTemplate {
  /** The path of one service's file. A service that would lead out of its directory is rejected. */
  render(view: View, service: Service): Rendered;
}

/**
 * Compiles the path of a `forEach: service` output. Values in it are names of files, or parts of them: no `/`, `.`, `..`,
 * leading dot or dash, control character, nothing empty, and no name over 255 bytes.
 *
 * @param source.name what errors show: the key of the config.
 * @throws TemplateError `TEMPLATE_INVALID` with every problem.
 */
export function compilePath(source: {
  readonly name: string;
  readonly text: string;
  readonly known?: Known;
}): PathTemplate {
  const render = compileFor({ ...source, scope: 'service' }, 'path');
  return {
    render(view, service) {
      const rendered = render(view, service);
      const long = rendered.text.split('/').some((segment) => Buffer.byteLength(segment) > longestName);
      if (!long || rendered.rejected.length > 0) return rendered;
      const reason = `${source.name}: a file name in the path is longer than ${longestName} bytes`;
      return { text: '', rejected: [{ service: service.name, reason }] };
    },
  };
}
