import * as z from 'zod';
import { dialects } from './grammar.js';

/** A name of a dialect. */
export const dialectSchema = z.enum(dialects);
