import { describeTarget } from './target.js';
import { makeZoneFileWorld } from './zone-file-world.js';

describeTarget('zoneFile', makeZoneFileWorld);
