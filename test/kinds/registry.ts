import { createTargetKinds } from '../../src/targets/kinds.js';
import { targetKinds } from '../../src/targets/registry.js';
import { memory } from './memory/kind.js';

/** The kinds that rollcall has, and one that only tests have. */
export const testKinds = createTargetKinds([...targetKinds.all, memory]);
