import type { Load } from './pages.mjs';

/** Tables in Markdown, by the names of their places in docs/configuration.md. */
export function describeConfiguration(load: Load): Promise<Readonly<Record<string, string>>>;
