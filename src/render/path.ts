import type { Service } from '../model/instance.js';
import type { View } from '../model/view.js';
import { longestName } from './dialects/path.js';
import type { KnownConfig } from './shape.js';
import { compileFor } from './template.js';
import type { Rendered } from './template.js';

/** The destination paths of an output with one file per service: `/etc/haproxy/maps/{{service.name}}.map`. */
export interface PathTemplate {
  /** Renders the path of one service's file. It rejects a service whose path would leave the directory. */
  render(view: View, service: Service): Rendered;
}

/**
 * Compiles the path of a `forEach: service` output. A value in the path is a file name or a part of one. It must not be empty, be `.` or
 * `..`, contain `/` or a control character, or put a dot or dash at the beginning of a name. A file name has at most 255 bytes.
 *
 * @param source.name the config key, shown in errors.
 * @throws TemplateError `TEMPLATE_INVALID` with every problem.
 */
export function compilePath(source: {
  readonly name: string;
  readonly text: string;
  readonly known?: KnownConfig;
}): PathTemplate {
  const render = compileFor({ ...source, scope: 'service' }, 'path');
  return {
    render(view, service) {
      const rendered = render(view, service);
      const long = rendered.text.split('/').some((segment) => Buffer.byteLength(segment) > longestName);
      if (!long || rendered.rejected.length > 0) return rendered;
      const reason = `${source.name}: a file name in the path is longer than ${longestName} bytes`;
      const { isLocal } = rendered;
      return { text: '', pieces: [], isLocal, rejected: [{ service: service.name, reason }], omitted: [] };
    },
  };
}
