import { until } from '../../support/poll.js';
import type { ControlPlane } from './control-plane.js';

const text = { type: 'string' };
const texts = { type: 'object', additionalProperties: text };
const object = (properties: object, required: readonly string[] = []): object => ({
  ...{ type: 'object', properties },
  ...(required.length > 0 && { required }),
});
const list = (items: object): object => ({ type: 'array', items });
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const relabelings = list(
  object({ action: text, regex: text, sourceLabels: list(text), targetLabel: text, replacement: text }),
);

/**
 * The fields of both kinds that the chart uses, as the API reference of the Prometheus operator has them
 * (https://prometheus-operator.dev/docs/api-reference/api/). The true definitions have more fields and fewer surprises: a field that is
 * not here is refused by `kubectl apply --dry-run=server`.
 */
const kinds = {
  ServiceMonitor: object(
    {
      selector: object({ matchLabels: texts }),
      endpoints: list(
        object({
          ...{ port: text, path: text, interval: text, tlsConfig: open },
          scheme: { type: 'string', enum: ['http', 'https'] },
          ...{ relabelings, metricRelabelings: relabelings },
        }),
      ),
    },
    ['selector', 'endpoints'],
  ),
  PrometheusRule: object({
    groups: list(
      object(
        {
          name: { type: 'string', minLength: 1 },
          interval: text,
          rules: list(
            object({
              ...{ alert: text, record: text, labels: texts, annotations: texts },
              for: { type: 'string', pattern: '^[0-9]+(ms|s|m|h|d|w|y)$' },
              expr: { 'x-kubernetes-int-or-string': true },
            }),
          ),
        },
        ['name'],
      ),
    ),
  }),
};

/** Makes the kinds ServiceMonitor and PrometheusRule known to the API server. */
export async function installMonitoringKinds(plane: ControlPlane): Promise<void> {
  const group = 'monitoring.coreos.com';
  for (const [kind, spec] of Object.entries(kinds)) {
    const [singular, plural] = [kind.toLowerCase(), `${kind.toLowerCase()}s`];
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const schema = { openAPIV3Schema: object({ spec }, ['spec']) };
    await plane.api('POST', path, {
      metadata: { name: `${plural}.${group}` },
      spec: {
        ...{ group, scope: 'Namespaced', names: { kind, singular, plural, listKind: `${kind}List` } },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    await until(async () => (await plane.api('GET', `/apis/${group}/v1/namespaces/default/${plural}`)).status === 200, {
      what: `the kind ${kind}`,
    });
  }
}
