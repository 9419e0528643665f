/** The files that people write: the config, rolls (`render --from`) and tests of templates (`*.test.yaml`). */
export const fileKinds = ['config', 'roll', 'test'] as const;
export type FileKind = (typeof fileKinds)[number];
