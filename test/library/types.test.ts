import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { environment } from '../support/command.js';
import { startEtcd } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { createProject, programsOf } from './page.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

const inCommonJs = `
async function main(): Promise<void> {
  const { connect, RollcallError } = await import('rollcall');
  const registry = connect({ endpoints: ['http://127.0.0.1:2379'] });
  const set = await registry.discover({ prefix: '/services/', key: '<service>/<id>' });
  console.log(set.instances().map(({ service, host, port }) => \`\${service} \${host}:\${port}\`).join());
  // @ts-expect-error no such event
  set.on('changed', () => undefined);
  // @ts-expect-error no such format
  await registry.discover({ format: 'jsn' }).catch((error: unknown) => console.log(error instanceof RollcallError));
  // @ts-expect-error no such option of this format
  await registry.discover({ prefix: '/a/', format: { name: 'kitex', defaultPort: 2 } }).catch(({ code }) => console.log(code));
  await registry.close();
}
void main();
`;

describeWith('etcd', 'a program in TypeScript', () => {
  it('compiles against the package, as an ES module and from CommonJS, and runs', async () => {
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', { address: '192.0.2.1', port: 80, zone: 'eu-1' });
    const shown = programsOf('ts');
    expect(shown.length).toBeGreaterThan(2);
    const programs = Object.fromEntries(
      [...shown, ...programsOf('js', 'README.md')].map((text, n) => [`shown-${n}.mts`, text]),
    );
    const folder = await createProject({ ...programs, 'common.cts': inCommonJs }, etcd.endpoint);
    const options = {
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2022', 'esnext.disposable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmitOnError: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, include: ['*.mts', '*.cts'] }),
    );
    await run(process.execPath, [compiler, '-p', folder], { cwd: folder }).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout, { cause: error });
    });
    const node = async (file: string, preload: string[] = []): Promise<{ stdout: string; stderr: string }> =>
      run(process.execPath, [...preload, join(folder, file)], { cwd: folder, env: environment() });
    expect(await node('common.cjs')).toEqual({ stdout: 'web 192.0.2.1:80\ntrue\nDISCOVERY_INVALID\n', stderr: '' });
    // The programs of the page use the default endpoint. This test replaces it.
    const usual = await readFile(join(folder, `shown-${shown.length - 1}.mjs`), 'utf8');
    await writeFile(
      join(folder, 'last.mjs'),
      usual.replace('connect()', `connect({ endpoints: ['${etcd.endpoint}'] })`),
    );
    expect(await node('last.mjs')).toEqual({ stdout: '192.0.2.1 80 eu-1\n', stderr: '' });
    await etcd.stop();
    // The compiler takes long on a loaded machine.
  }, 180_000);
});
