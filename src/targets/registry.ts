import { configMap } from './config-map/kind.js';
import { files } from './files/kind.js';
import { createTargetKinds } from './kinds.js';
import { secret } from './secret/kind.js';
import { skydns } from './skydns/kind.js';

/** All kinds of targets. A new kind is one directory and one item here. */
export const targetKinds = createTargetKinds([files, skydns, configMap, secret]);
