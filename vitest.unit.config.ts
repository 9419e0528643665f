import { defineConfig } from 'vitest/config';

// What needs no server: the pure rooms, the config, the command line as such. Under a minute, on any Node.
export default defineConfig({
  test: {
    include: [
      'test/{model,formats,render,controller,config}/**/*.test.ts',
      'test/etcd/{assembly,bytes,decode,keys,messages,registrar-judge,registrar-loop,replica}.test.ts',
      'test/programs/{capture,split}.test.ts',
      'test/checks/{spec,standing}.test.ts',
      'test/targets/**/{want,diff,schema}.test.ts',
      'test/cli/{usage,table,colour}.test.ts',
    ],
    exclude: ['test/**/*.real.test.ts'],
    testTimeout: 60_000,
    maxWorkers: 2,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
