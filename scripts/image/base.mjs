// Makes a base for the image where no image registry can be reached: Debian without manuals from Debian's packages, Node 24 from npm's, the
// npm of this machine.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { privateBase } from '../private-base.mjs';
import { baseName, buildah, hasImage, nodeVersion } from './containers.mjs';

const authorities = '/etc/ssl/certs/ca-certificates.crt';
const options = { stdio: ['ignore', 2, 2] };

/** As in the slim images of Debian. */
const without = ['man', 'locale', 'doc'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
const licences = '--dpkgopt=path-include=/usr/share/doc/*/copyright';

function putNode(mounted) {
  const work = mkdtempSync(join(privateBase(), 'rollcall-node-'));
  try {
    const packed = ['pack', '--silent', '--pack-destination', work, `node-linux-${process.arch}@${nodeVersion}`];
    execFileSync('npm', packed, { ...options, cwd: work });
    const [archive] = readdirSync(work);
    execFileSync('tar', ['-xzf', join(work, archive), '-C', work], options);
    const local = join(mounted, 'usr', 'local');
    cpSync(join(work, 'package', 'bin', 'node'), join(local, 'bin', 'node'));
    cpSync(join(work, 'package', 'LICENSE'), join(local, 'LICENSE'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function putNpm(mounted) {
  const global = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  const modules = join(mounted, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(global, 'npm'), join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(mounted, 'usr/local/bin', name));
}

/** Makes the base, unless it is there. @returns its name */
export function makeBase() {
  if (hasImage(baseName)) return baseName;
  console.error('image: making a base from the packages of Debian; this takes a minute, once');
  const container = buildah(['from', 'scratch']);
  try {
    const mounted = buildah(['mount', container]);
    const args = ['--quiet', '--variant=minbase', '--include=ca-certificates', ...without, licences];
    execFileSync('mmdebstrap', [...args, 'bookworm', mounted], options);
    putNode(mounted);
    putNpm(mounted);
    // A machine may reach the registry of npm through an authority of its own.
    if (existsSync(authorities)) cpSync(authorities, join(mounted, authorities));
    buildah(['config', '--env', `NODE_EXTRA_CA_CERTS=${authorities}`, container]);
    buildah(['commit', '--quiet', container, baseName]);
  } finally {
    buildah(['rm', container]);
  }
  return baseName;
}
