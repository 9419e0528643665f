import { makeFarWorld, makeFilesWorld } from './files-world.js';
import { describeTarget } from './target.js';

describeTarget('files', makeFilesWorld);
describeTarget('files far away', makeFarWorld);
