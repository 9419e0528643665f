/** What `init` writes a config for: a file of this name in starters/. */
export const starters = ['nginx', 'haproxy', 'raw'] as const;
export type Starter = (typeof starters)[number];
