import { createTargetKinds } from '../../src/targets/kinds.js';
import { targetKinds } from '../../src/targets/registry.js';
import { memory } from './memory/kind.js';

/** All kinds of rollcall, and one kind for tests. */
export const testKinds = createTargetKinds([...targetKinds.all, memory]);
