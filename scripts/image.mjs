#!/usr/bin/env node
// Builds the image of the command with buildah, on a base that is made on this machine.
//   node scripts/image.mjs [arguments of `buildah build`, such as --build-arg BASE=…]
// Prints the name of the image. As root on Debian it installs the tools itself. Where it cannot build, it says why: on Linux, this is a failure
// of CI.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeBase } from './image/base.mjs';
import { buildah, imageName } from './image/containers.mjs';
import { installTools, whyNoImage } from './image/tools.mjs';

const root = join(import.meta.dirname, '..');

/** The packages that npm has fetched before: the build in the image needs the same ones. */
function npmCache() {
  const cache = execFileSync('npm', ['config', 'get', 'cache'], { cwd: root, encoding: 'utf8' }).trim();
  return existsSync(cache) ? ['--volume', `${cache}:/root/.npm`] : [];
}

function build(more) {
  const always = ['--isolation', 'chroot', '--pull-never', '--layers', ...npmCache()];
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const base = ['--build-arg', `NODE=${makeBase()}`];
  buildah(['build', ...always, ...base, ...more, '--tag', imageName, '.'], options);
  // Of the stages of earlier builds, only the npm packages are of use.
  buildah(['build', ...always, ...base, '--target', 'packages', '--tag', 'localhost/rollcall-packages', '.'], options);
  buildah(['rmi', '--prune']);
}

installTools();
execFileSync(process.execPath, ['scripts/fetch-servers.mjs', 'test/image/wheels'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
const why = whyNoImage();
if (why === undefined) {
  build(process.argv.slice(2));
  console.log(imageName);
} else {
  console.error(`image: not built: ${why.reason}`);
  if (process.env.CI && !why.isExcused) process.exitCode = 1;
}
