import type { Plugin } from 'rolldown';

/** A plugin of rolldown that keeps modules that the command never uses out of the bundle. */
export const lean: Plugin;
