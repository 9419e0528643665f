// Collects the files of the image, inside its build (Dockerfile): the command, Node, the shell that is process 1
// (docs/adr/0013-a-shell-as-process-1.md), and the libraries of both, with their licences.
//   node scripts/image/assemble.mjs IMAGE STATE
// IMAGE becomes the root of the image. STATE gets the state directory, which belongs to another user.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const [image, state] = process.argv.slice(2);

function put(from, to) {
  mkdirSync(dirname(join(image, to)), { recursive: true });
  copyFileSync(from, join(image, to));
}

function write(to, text) {
  mkdirSync(dirname(join(image, to)), { recursive: true });
  writeFileSync(join(image, to), text);
}

/** The shared libraries of a program, its loader included, by the paths at which the loader looks for them. */
function librariesOf(program) {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path);
}

/** In Debian, /lib and its like are links into /usr. A library keeps the name that programs ask for. */
function placeOf(library) {
  return join(realpathSync(dirname(library)), basename(library));
}

/** The licence of the Debian package that a file comes from; nothing for a file of no package. */
function putLicence(file) {
  for (const name of [file, file.replace(/^\/usr/, '')]) {
    try {
      const owner = execFileSync('dpkg', ['-S', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const licence = `/usr/share/doc/${owner.split(':')[0]}/copyright`;
      put(licence, licence);
      return;
    } catch {
      // Another name of the file, or a file of no package.
    }
  }
}

const shell = realpathSync('/bin/sh');
put(process.execPath, 'usr/bin/node');
put(shell, 'usr/bin/sh');
putLicence(shell);
for (const library of new Set([process.execPath, shell].flatMap(librariesOf))) {
  put(library, placeOf(library));
  putLicence(realpathSync(library));
}
for (const name of ['bin', 'lib', 'lib64']) {
  const link = `/${name}`;
  if (existsSync(link) && lstatSync(link).isSymbolicLink()) symlinkSync(readlinkSync(link), join(image, name));
}

const home = 'usr/lib/rollcall';
cpSync(join(root, 'dist', 'cli'), join(image, home, 'dist', 'cli'), {
  recursive: true,
  filter: (path) => !path.endsWith('.map'),
});
cpSync(join(root, 'templates'), join(image, home, 'templates'), { recursive: true });
for (const name of ['package.json', 'LICENSE']) put(join(root, name), join(home, name));
for (const licence of ['/usr/local/LICENSE', '/usr/share/doc/nodejs/copyright'].filter(existsSync))
  put(licence, 'usr/share/doc/node/LICENSE');
symlinkSync(`../lib/rollcall/dist/cli/main.js`, join(image, 'usr/bin/rollcall'));

// No accounts: those of another base stay, and a container may run as any user.
write('etc/nsswitch.conf', 'hosts: files dns\n');
for (const name of ['etc/rollcall', 'var/lib']) mkdirSync(join(image, name), { recursive: true });
mkdirSync(join(state, 'rollcall'), { recursive: true, mode: 0o700 });
