import type { TargetKinds } from '../../src/targets/kinds.js';
import type { Load } from './pages.mjs';

/**
 * Tables in Markdown, by the names of their places in docs/configuration.md.
 *
 * @param kinds of targets. Default: those that rollcall has.
 */
export function describeConfiguration(load: Load, kinds?: TargetKinds): Promise<Readonly<Record<string, string>>>;
