import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { kubeTool } from '../../../scripts/setup/kube-tools.mjs';
import { tempDir } from '../../support/temp.js';

export const chart = join(import.meta.dirname, '..', '..', '..', 'charts', 'rollcall');

/** Values files of the chart, by name, each for one use. */
export const uses: ReadonlyMap<string, string> = new Map(
  readdirSync(join(chart, 'ci')).map((file) => [file.replace('-values.yaml', ''), join(chart, 'ci', file)]),
);

export interface ToolEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An object of the chart. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly spec?: Record<string, unknown>;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly object[];
  readonly [key: string]: unknown;
}

/** Runs `helm` or `kubectl` until it ends, with no configuration of this machine. */
export async function runTool(
  tool: 'helm' | 'kubectl',
  args: readonly string[],
  { kubeconfig = '/nonexistent', input }: { readonly kubeconfig?: string; readonly input?: string } = {},
): Promise<ToolEnd> {
  const program = kubeTool(tool);
  if (!existsSync(program)) throw new Error(`there is no ${program}: run node scripts/fetch-kube-tools.mjs`);
  const home = await mkdtemp(join(await tempDir(), 'home-'));
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig };
    const options = { env, maxBuffer: 64 << 20, timeout: 110_000 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** The objects that the chart makes. @throws Error with the words of helm */
export async function template(release: string, namespace: string, args: readonly string[]): Promise<Manifest[]> {
  const whole = ['template', release, chart, '--namespace', namespace, '--kube-version', '1.37.0', ...args];
  const { code, stdout, stderr } = await runTool('helm', whole);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
