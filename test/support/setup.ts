import { afterAll } from 'vitest';
import { cleanUp } from './at-end.js';

afterAll(cleanUp, 60_000);
