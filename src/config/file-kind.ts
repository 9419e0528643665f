/** The files that users write: the config, fixtures (`render --from`) and tests of templates (`*.test.yaml`). */
export const fileKinds = ['config', 'fixture', 'test'] as const;
export type FileKind = (typeof fileKinds)[number];
