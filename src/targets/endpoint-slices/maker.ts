import type { TargetMaker } from '../maker.js';
import { createSlicesReader } from './reader.js';
import type { EndpointSlicesOptions } from './schema.js';
import { createSlicesTarget } from './target.js';

export const endpointSlicesMaker: TargetMaker<EndpointSlicesOptions> = {
  createReader: createSlicesReader,
  createTarget: createSlicesTarget,
};
