/** The consumers that `init` knows. Each has a config of its name in starters/. */
export const starters = ['nginx', 'haproxy', 'raw'] as const;
export type Starter = (typeof starters)[number];
