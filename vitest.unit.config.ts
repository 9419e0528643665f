import { defineConfig } from 'vitest/config';

// What needs no server: the pure rooms, the config, the command line as such. Under a minute, on any Node.
export default defineConfig({
  test: {
    include: [
      'test/{model,formats,snapshot,render,controller,config}/**/*.test.ts',
      'test/catalog/catalog.test.ts',
      'test/etcd/{protocol/*,watch/{reassemble,replica}}.test.ts',
      'test/registrar/{judge,loop}.test.ts',
      'test/process/{capture,split}.test.ts',
      'test/health/{spec,standing}.test.ts',
      'test/targets/**/{desired,diff,schema}.test.ts',
      'test/cli/{usage,terminal/{table,color}}.test.ts',
    ],
    exclude: ['test/**/*.real.test.ts'],
    testTimeout: 60_000,
    maxWorkers: 2,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
