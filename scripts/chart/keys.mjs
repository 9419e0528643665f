// The values of the chart beside `config`: type, default and meaning of each. values.yaml, values.schema.json and the README are written
// from here. A value without a default is left out of values.yaml.
import * as kube from './kubernetes.mjs';
import { closed, list, map, number, object, text, truth } from './schema.mjs';

const says = (description, schema, value) => ({
  description,
  ...schema,
  ...(value !== undefined && { default: value }),
});
/** A group of values: strict. */
const group = (description, properties, required) => ({ ...closed(properties, required), description });

const name = { pattern: '^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)?$' };
const duration = { pattern: '^[0-9]+(ms|s|m|h)([0-9]+(ms|s|m|h))*$' };
const port = { minimum: 1, maximum: 65535 };
const nullable = (schema) => ({ ...schema, type: [schema.type, 'null'] });

const probe = (what, periodSeconds, timeoutSeconds, failureThreshold) =>
  group(what, {
    periodSeconds: says('Seconds between two requests.', number({ minimum: 1 }), periodSeconds),
    timeoutSeconds: says('Seconds for an answer.', number({ minimum: 1 }), timeoutSeconds),
    failureThreshold: says('Consecutive failures that count.', number({ minimum: 1 }), failureThreshold),
  });

/** @param config the JSON Schema of the program's config, as the chart takes it */
export const keysOf = (config) => ({
  mode: says(
    '`controller`: a Deployment that writes to the cluster or to servers. `node`: a DaemonSet that writes files of each node, as root.',
    text({ enum: ['controller', 'node'] }),
    'controller',
  ),
  config: {
    ...config,
    default: {},
    description:
      'The config of rollcall, as in rollcall.yaml. The chart sets `stateDir`, and `admin.listen` and `election` if they are missing.',
  },
  templates: says(
    'Template files beside the config: name to text. The config names them as `./NAME`.',
    map(text(), { propertyNames: { pattern: '^[-_a-zA-Z0-9][-._a-zA-Z0-9]*$', not: { const: 'rollcall.yaml' } } }),
    {},
  ),
  existingConfigMap: says(
    'A ConfigMap with `rollcall.yaml` and its templates, instead of `config`. Its `stateDir` is `/var/lib/rollcall/state`, its `admin.listen` is `:9117`, and `rbac.rules` has its rights.',
    text(name),
    '',
  ),
  rolloutOnConfigChange: says(
    'Replace the pods when the config changes, so that `helm upgrade --wait` fails with a wrong one. Otherwise the running pods read the new config by themselves.',
    truth(),
    true,
  ),
  image: group(
    'The image. There is no public one: docs/howto/container.md builds it.',
    {
      repository: says('Name of the image without its tag.', text({ minLength: 1 })),
      tag: says('Tag. Default: the appVersion of the chart.', text(), ''),
      digest: says('Digest (`sha256:…`), instead of a tag.', text({ pattern: '^(sha256:[0-9a-f]{64})?$' }), ''),
      pullPolicy: says(
        'When the kubelet pulls it.',
        text({ enum: ['IfNotPresent', 'Always', 'Never'] }),
        'IfNotPresent',
      ),
      pullSecrets: says('Secrets with the login of the registry.', list(closed({ name: text(name) }, ['name'])), []),
    },
    ['repository'],
  ),
  etcdSecrets: group('Secrets with what etcd asks for.', {
    tls: group('Certificates. The chart names their files in `config.etcd.tls`.', {
      name: says('Name of the Secret. Empty: none.', text(name), ''),
      ca: says('Its key with the certificate authorities. Empty: those of the system.', text(), 'ca.crt'),
      cert: says("Its key with the client's certificate. Empty: no client certificate.", text(), 'tls.crt'),
      key: says("Its key with the client's private key.", text(), 'tls.key'),
    }),
    auth: group('The login. The chart writes it into `config.etcd.auth`.', {
      name: says('Name of the Secret with the password. Empty: none.', text(name), ''),
      username: says('The user of etcd.', text({ minLength: 1 }), 'rollcall'),
      password: says('The key of the Secret with the password.', text({ minLength: 1 }), 'password'),
    }),
  }),
  replicas: says(
    'Pods of the Deployment. Default: 2 if all targets of `config` are cluster-wide, so that an election decides which pod writes; else 1.',
    nullable(number({ minimum: 0 })),
  ),
  logLevel: says('The lowest level to log.', text({ enum: ['debug', 'info', 'warn', 'error'] }), 'info'),
  adminPort: says(
    'The port of the admin server (health, metrics), if `config.admin.listen` does not say another.',
    number(port),
    9117,
  ),
  adminScheme: says(
    'With `existingConfigMap`: whether its admin server uses TLS.',
    text({ enum: ['HTTP', 'HTTPS'] }),
    'HTTP',
  ),
  stateSize: says('Most bytes of the state directory of a controller.', text(), '256Mi'),
  node: group('With `mode: node`.', {
    stateDirectory: says(
      'Directory of the node for the state of rollcall. Only root may write in it and above it.',
      text({ minLength: 2 }),
      '/var/lib/rollcall',
    ),
    hostPaths: says(
      'Directories of the node that rollcall writes to or reads. Only root may write in them: rollcall runs as root without capabilities.',
      list(
        closed(
          {
            path: says('Path on the node.', text({ pattern: '^/' })),
            mountPath: says('Path in the pod. Default: the same.', text({ pattern: '^/' })),
            type: says('Type of the hostPath. Default: `Directory`.', text()),
            readOnly: says('Whether rollcall only reads it.', truth()),
          },
          ['path'],
        ),
      ),
      [],
    ),
    hostPID: says(
      'See the processes of the node: a `signal` reload of a program on the node needs it.',
      truth(),
      false,
    ),
    hostNetwork: says("Use the node's network.", truth(), false),
    maxUnavailable: says('Pods that an update may replace at a time.', { type: ['integer', 'string'] }, 1),
  }),
  serviceAccount: group('The account of the pods.', {
    create: says('Make it.', truth(), true),
    name: says('Its name. Default: that of the release; of an account that is not made: `default`.', text(name), ''),
    annotations: says('Its annotations.', kube.labels, {}),
    automountToken: says('Mount its token. Default: if the config needs the cluster.', nullable({ type: 'boolean' })),
  }),
  rbac: group('The rights of that account.', {
    create: says('Make a Role and a RoleBinding in each namespace that the config needs.', truth(), true),
    rules: says('Further rules in the namespace of the release. With `existingConfigMap`: all rules.', kube.rules, []),
  }),
  probes: group('The probes of the pods. They ask the admin server.', {
    startup: probe('`/livez` answers.', 1, 1, 60),
    liveness: probe('`/livez` answers. It does not depend on etcd.', 10, 5, 3),
    readiness: probe('`/readyz` answers 200. A standby of the election is ready.', 5, 5, 2),
  }),
  resources: says('Resources of the container.', closed(kube.resources), {
    requests: { cpu: '20m', memory: '128Mi' },
    limits: { memory: '512Mi' },
  }),
  terminationGracePeriodSeconds: says(
    'Time to finish a running reload and to give the lease up. Longer than `timeout` of each reload and confirm.',
    number({ minimum: 1 }),
    150,
  ),
  service: group('A headless Service of the admin server.', {
    enabled: says('Make it. A ServiceMonitor makes it, too.', truth(), false),
    annotations: says('Its annotations.', kube.labels, {}),
  }),
  serviceMonitor: group('A ServiceMonitor of the Prometheus operator.', {
    enabled: says('Make it.', truth(), false),
    labels: says('Its labels, by which a Prometheus finds it.', kube.labels, {}),
    interval: says('Time between two scrapes.', text(duration), '30s'),
    tlsConfig: says('TLS of the scrape, if the admin server uses it.', object(), {}),
    relabelings: says('Rules for the labels of the target.', list(object()), []),
    metricRelabelings: says('Rules for the labels of the metrics.', list(object()), []),
  }),
  prometheusRule: group('The alerts of docs/metrics.md as a PrometheusRule of the Prometheus operator.', {
    enabled: says('Make it.', truth(), false),
    labels: says('Its labels, by which a Prometheus finds it.', kube.labels, {}),
  }),
  networkPolicy: group('A NetworkPolicy: what rollcall reaches, and what reaches it.', {
    enabled: says('Make it.', truth(), false),
    metricsFrom: says('Who reaches the admin server. Empty: all.', kube.peers, []),
    etcdTo: says(
      'Where etcd is, also that of the election and of `skydns`. Empty: everywhere. The ports are those of the `endpoints` in `config`.',
      kube.peers,
      [],
    ),
    apiTo: says('Where the API server is. Empty: everywhere, on the ports below.', kube.peers, []),
    apiPorts: says('Ports of the API server.', list(number(port)), [443, 6443]),
    extraEgress: says(
      'Further rules, such as for servers that only templates, environment variables or an `existingConfigMap` name.',
      list(object()),
      [],
    ),
  }),
  podDisruptionBudget: group('Of the Deployment, if it has several pods.', {
    enabled: says('Make it: one pod at a time may be evicted.', truth(), true),
  }),
  topologySpreadConstraints: says(
    'How the pods of the Deployment spread; `labelSelector` is added. Default: over nodes, if possible.',
    nullable(kube.spread),
  ),
  affinity: says(
    'Affinity of the pods.',
    closed({ nodeAffinity: object(), podAffinity: object(), podAntiAffinity: object() }),
    {},
  ),
  nodeSelector: says('Labels of the nodes on which the pods run.', kube.labels, {}),
  tolerations: says('Taints that the pods tolerate.', kube.tolerations, []),
  priorityClassName: says('Priority of the pods.', text(name), ''),
  podSecurityContext: says(
    'Changes of: not root, user, group and fsGroup 65532 (`mode: node`: root), seccomp RuntimeDefault.',
    closed(kube.podSecurityContext),
    {},
  ),
  securityContext: says(
    'Changes of: no privilege escalation, a read-only root file system, no capabilities.',
    closed(kube.securityContext),
    {},
  ),
  extraEnv: says('Environment variables. Templates read those that `config.env` names.', kube.env, []),
  extraEnvFrom: says('ConfigMaps and Secrets with environment variables.', kube.envFrom, []),
  extraVolumes: says('Further volumes of the pods.', list(object({ required: ['name'] })), []),
  extraVolumeMounts: says('Their places in the container.', kube.mounts, []),
  initContainers: says('Containers before rollcall.', list(object({ required: ['name'] })), []),
  extraContainers: says('Containers beside rollcall.', list(object({ required: ['name'] })), []),
  extraObjects: says(
    'Further objects of the release, as they are.',
    list(object({ required: ['apiVersion', 'kind'] })),
    [],
  ),
  annotations: says('Annotations of the Deployment or DaemonSet.', kube.labels, {}),
  podAnnotations: says('Annotations of the pods.', kube.labels, {}),
  podLabels: says('Labels of the pods.', kube.labels, {}),
  commonLabels: says('Labels of all objects.', kube.labels, {}),
  nameOverride: says('Name of the chart in names and labels.', text(name), ''),
  fullnameOverride: says('Name of all objects.', text(name), ''),
  global: says('Values of a parent chart. Not used.', object(), undefined),
});
