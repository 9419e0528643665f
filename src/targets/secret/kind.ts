import { describeObjects } from '../config-map/kind.js';
import { secretKind } from '../config-map/object-kind.js';
import { secretSchema, type ObjectOptions } from '../config-map/schema.js';
import type { TargetKind } from '../kind.js';

/** Secrets of a Kubernetes cluster: as ConfigMaps, but their contents are never shown. */
export const secret: TargetKind<ObjectOptions> = {
  ...describeObjects(secretKind),
  key: 'secret',
  schema: secretSchema,
  secret: true,
  load: async () => (await import('./maker.js')).secretMaker,
};
