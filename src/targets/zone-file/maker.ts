import { createFilesReader } from '../files/reader.js';
import type { TargetMaker } from '../maker.js';
import type { ZoneFileOptions } from './schema.js';
import { createZoneFileTarget } from './target.js';
import { createZones } from './zones.js';

export const zoneFileMaker: TargetMaker<ZoneFileOptions> = {
  createReader: (options, deps) => createFilesReader(createZones(options, deps.secret).specs, deps),
  createTarget: (options, deps) => createZoneFileTarget(options, deps),
};
