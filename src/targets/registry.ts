import { configMap } from './config-map/kind.js';
import { dnsUpdate } from './dns-update/kind.js';
import { endpointSlices } from './endpoint-slices/kind.js';
import { files } from './files/kind.js';
import { createTargetKinds } from './kinds.js';
import { secret } from './secret/kind.js';
import { skydns } from './skydns/kind.js';
import { zoneFile } from './zone-file/kind.js';

/** All kinds of targets. A new kind is one directory and one item here. */
export const targetKinds = createTargetKinds([files, zoneFile, dnsUpdate, skydns, configMap, secret, endpointSlices]);
