import type { Instance, Service } from '../../src/model/instance.js';
import type { View } from '../../src/model/view.js';
import { compileTemplate } from '../../src/render/template.js';
import type { Rendered, TemplateSource } from '../../src/render/template.js';
import { TemplateError } from '../../src/render/problem.js';
import type { TemplateProblem } from '../../src/render/problem.js';

export function makeInstance(patch: Partial<Instance> = {}): Instance {
  const address = patch.address ?? '192.0.2.1';
  return {
    id: '1',
    service: 'web',
    source: 'services',
    key: '/services/web/1',
    address,
    family: 'ipv4',
    host: address,
    port: 8080,
    weight: 1,
    scheme: '',
    zone: '',
    version: '',
    tags: [],
    status: 'passing',
    held: false,
    ...patch,
    metadata: Object.assign(Object.create(null), patch.metadata) as Readonly<Record<string, string>>,
  };
}

export function makeService(name: string, instances: readonly Partial<Instance>[] = [], expected = false): Service {
  return { name, expected, instances: instances.map((patch) => makeInstance({ service: name, ...patch })) };
}

export function makeView(patch: Partial<View> = {}): View {
  return { services: [], kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 'proxy' }, ...patch };
}

export type Options = Omit<TemplateSource, 'text' | 'scope' | 'name'> & {
  readonly name?: string;
  readonly scope?: TemplateSource['scope'];
};

export function render(text: string, view: View = makeView(), options: Options = {}): Rendered {
  return compileTemplate({ name: 't.hbs', scope: 'root', ...options, text }).render(view);
}

/** Renders a template that must reject nothing. */
export function renderText(text: string, view: View = makeView(), options: Options = {}): string {
  const { text: rendered, rejected } = render(text, view, options);
  if (rejected.length > 0) throw new Error(`rejected: ${rejected.map(({ reason }) => reason).join('; ')}`);
  return rendered;
}

/** The problems of a template; [] when it is valid. */
export function problemsOf(text: string, options: Options = {}): readonly TemplateProblem[] {
  try {
    compileTemplate({ name: 't.hbs', scope: 'root', ...options, text });
    return [];
  } catch (error) {
    if (error instanceof TemplateError && error.code === 'TEMPLATE_INVALID') return error.problems;
    throw error;
  }
}

/** `line:column message`, for short tables. */
export function briefly(text: string, options: Options = {}): readonly string[] {
  return problemsOf(text, options).map(({ line, column, message }) => `${line}:${column} ${message}`);
}
