// The parts of Kubernetes' types that values of the chart hold: strict, because helm installs an object with a mistyped key.
import { closed, list, map, number, text, truth } from './schema.mjs';

const texts = map(text());
const selector = { matchLabels: texts, matchExpressions: list({ type: 'object' }) };

export const labels = texts;

export const tolerations = list(
  closed({
    key: text(),
    operator: text({ enum: ['Exists', 'Equal'] }),
    value: text(),
    effect: text({ enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] }),
    tolerationSeconds: number(),
  }),
);

const amounts = map({ type: ['string', 'number'] });
export const resources = {
  limits: amounts,
  requests: amounts,
  claims: list(closed({ name: text(), request: text() })),
};

const seccompProfile = closed({ type: text(), localhostProfile: text() });
const seLinuxOptions = closed({ user: text(), role: text(), type: text(), level: text() });
const appArmorProfile = seccompProfile;

export const podSecurityContext = {
  ...{ runAsNonRoot: truth(), runAsUser: number(), runAsGroup: number(), fsGroup: number() },
  fsGroupChangePolicy: text({ enum: ['Always', 'OnRootMismatch'] }),
  ...{ supplementalGroups: list(number()), supplementalGroupsPolicy: text() },
  ...{ sysctls: list(closed({ name: text(), value: text() })), seccompProfile, seLinuxOptions, appArmorProfile },
};

export const securityContext = {
  ...{ runAsNonRoot: truth(), runAsUser: number(), runAsGroup: number(), privileged: truth() },
  ...{ allowPrivilegeEscalation: truth(), readOnlyRootFilesystem: truth(), procMount: text() },
  capabilities: closed({ add: list(text()), drop: list(text()) }),
  ...{ seccompProfile, seLinuxOptions, appArmorProfile },
};

const key = (more) => closed({ name: text(), key: text(), optional: truth(), ...more });
export const env = list(
  closed(
    {
      name: text({ minLength: 1 }),
      value: text(),
      valueFrom: closed({
        ...{ secretKeyRef: key(), configMapKeyRef: key() },
        fieldRef: closed({ apiVersion: text(), fieldPath: text() }),
        resourceFieldRef: closed({ containerName: text(), resource: text(), divisor: text() }),
        fileKeyRef: { type: 'object' },
      }),
    },
    ['name'],
  ),
);

const reference = closed({ name: text(), optional: truth() });
export const envFrom = list(closed({ prefix: text(), secretRef: reference, configMapRef: reference }));

export const mounts = list(
  closed(
    {
      ...{ name: text({ minLength: 1 }), mountPath: text({ minLength: 1 }), subPath: text(), subPathExpr: text() },
      ...{ readOnly: truth(), recursiveReadOnly: text(), mountPropagation: text() },
    },
    ['name', 'mountPath'],
  ),
);

export const spread = list(
  closed(
    {
      ...{ maxSkew: number(), minDomains: number(), topologyKey: text(), matchLabelKeys: list(text()) },
      whenUnsatisfiable: text({ enum: ['DoNotSchedule', 'ScheduleAnyway'] }),
      ...{ nodeAffinityPolicy: text(), nodeTaintsPolicy: text(), labelSelector: closed(selector) },
    },
    ['maxSkew', 'topologyKey', 'whenUnsatisfiable'],
  ),
);

/** Where traffic comes from or goes to, in a NetworkPolicy. */
export const peers = list(
  closed({
    ipBlock: closed({ cidr: text(), except: list(text()) }, ['cidr']),
    ...{ podSelector: closed(selector), namespaceSelector: closed(selector) },
  }),
);

export const rules = list(
  closed(
    {
      ...{ apiGroups: list(text()), resources: list(text()), resourceNames: list(text()), verbs: list(text()) },
    },
    ['apiGroups', 'resources', 'verbs'],
  ),
);
