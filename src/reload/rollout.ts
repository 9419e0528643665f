import * as z from 'zod';
import { timing, type ReloadKind } from './kind.js';
import { workloadSchema } from './workload-schema.js';

const schema = z.strictObject({ rollout: workloadSchema, ...timing });

/** `reload: {rollout: {kind: Deployment, name: nginx}}`. Acknowledged when the API server has stored the new pod template. */
export const rolloutReload: ReloadKind<typeof schema> = {
  key: 'rollout',
  schema,
  load: () => import('./rollout-maker.js'),
};

/** `confirm: {rollout: {kind: Deployment, name: nginx}}`. */
export const confirmRolloutShape = {
  rollout: workloadSchema.meta({
    description: 'The workload whose rollout must be complete. A rollout that is stuck fails at once, with its reason.',
  }),
};
