import { makeMemoryWorld } from './memory-world.js';
import { describeTarget } from './target.js';

describeTarget('memory', makeMemoryWorld);
