import { makeFilesWorld } from './files-world.js';
import { describeTarget } from './target.js';

describeTarget('files', makeFilesWorld);
