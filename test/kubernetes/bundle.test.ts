import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';
import { lean } from '../../scripts/bundle/lean.mjs';
import type * as client from '../../src/kubernetes/client.js';
import { resources } from '../../src/kubernetes/resources.js';
import { realClock } from '../support/clock.js';
import { tempDir } from '../support/temp.js';
import { answer, configMapNamed, startFakeApi } from './support/fake-api.js';
import { writeKubeconfig } from './support/kubeconfig.js';

const root = join(import.meta.dirname, '..', '..');

it('works in a bundle, as a small part without the generated API', async () => {
  const dir = await tempDir('rollcall-bundle-');
  const input = join(root, 'src', 'kubernetes', 'client.ts');
  const bundle = await rolldown({ input, platform: 'node', cwd: root, plugins: [lean] });
  const { output } = await bundle.write({ dir, format: 'cjs', entryFileNames: 'client.cjs', minify: false });
  await bundle.close();
  const modules = output.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds : []));
  expect(
    modules.filter((id) => /client-node\/dist\/gen\/|node_modules\/(node-fetch|whatwg-url|jsonpath-plus)\//.test(id)),
  ).toEqual([]);
  expect(output.reduce((sum, chunk) => sum + ('code' in chunk ? chunk.code.length : 0), 0)).toBeLessThan(1_000_000);

  const { createKubernetes } = createRequire(import.meta.url)(join(dir, 'client.cjs')) as typeof client;
  const api = await startFakeApi((_n, response) => {
    answer(response, 200, configMapNamed('web'));
  });
  const kubeconfig = await writeKubeconfig(api.server, { token: 'word' });
  const kube = createKubernetes({ kubeconfig }, { env: {}, clock: realClock, random: Math.random });
  expect(await kube.get(resources.configMap, { namespace: 'default', name: 'web' })).toMatchObject({
    metadata: { name: 'web' },
  });
  expect(api.heard[0]?.headers.authorization).toBe('Bearer word');
  kube.close();
});
