import type { Permission } from '../kubernetes/permission.js';
import { resources } from '../kubernetes/resources.js';
import { textsNameOf } from './kubernetes-texts.js';
import type { ElectionBlock } from './schema.js';

/** What an election does in the cluster. */
export function permissionsOfElection({ kubernetes }: ElectionBlock): readonly Permission[] {
  if (!kubernetes) return [];
  const texts = { resource: resources.configMap, namespace: kubernetes.namespace };
  const what = { resource: resources.lease, namespace: kubernetes.namespace };
  return [
    { ...what, verbs: ['create'] },
    { ...what, verbs: ['get', 'update'], names: [kubernetes.name] },
    { ...texts, verbs: ['create'] },
    { ...texts, verbs: ['get', 'patch'], names: [textsNameOf(kubernetes.name)] },
  ];
}
