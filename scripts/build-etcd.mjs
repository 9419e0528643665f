#!/usr/bin/env node
// Builds the current etcd that the tests run beside the system's, from the Go module proxy, pinned by
// test/support/etcd-current/go.sum. Does nothing when that version is there already.
//   node scripts/build-etcd.mjs
// Prints the program's path. Uses nothing but Node and Go; as root on Debian it installs golang-go itself.
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const source = join(import.meta.dirname, '..', 'test', 'support', 'etcd-current');
const pinned = readFileSync(join(source, 'go.mod'), 'utf8');
const version = /go\.etcd\.io\/etcd\/server\/v3 v(\S+)/.exec(pinned)[1];
const neededGo = /^go (\S+)$/m.exec(pinned)[1];
/** What is fetched when the installed Go is too old for etcd's sources. */
const toolchain = `go${neededGo}`;
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall');
const program = join(cache, `etcd-current-${version}`);

const say = (text) => console.error(`build-etcd: ${text}`);
const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };

function isThere(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Go at that path, with its version as numbers; undefined when there is none. */
function goAt(path) {
  try {
    const text = execFileSync(path, ['version'], { ...quiet, env: { ...process.env, GOTOOLCHAIN: 'local' } });
    return { path, numbers: numbersOf(/go(\d[\d.]*)/.exec(text)[1]) };
  } catch {
    return undefined;
  }
}

function numbersOf(text) {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return [major, minor, patch];
}

function isEnough({ numbers }) {
  const needed = numbersOf(neededGo);
  const unequal = needed.findIndex((number, place) => numbers[place] !== number);
  return unequal === -1 || numbers[unequal] > needed[unequal];
}

function installGo() {
  if (process.getuid?.() !== 0) return undefined;
  say('installing golang-go');
  try {
    const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'golang-go', 'ca-certificates'],
      options,
    );
  } catch (error) {
    say(`apt-get failed: ${error.message}`);
  }
  return goAt('go');
}

/** A newer Go is a module like any other to an older one; the zip has lost the files' modes. */
function fetchToolchain(go) {
  const os = process.platform;
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
  const module = `golang.org/toolchain@v0.0.1-${toolchain}.${os}-${arch}`;
  say(`fetching ${toolchain}: the installed Go is ${go.numbers.join('.')}, etcd ${version} needs ${neededGo}`);
  const options = { ...quiet, cwd: tmpdir(), env: { ...process.env, GOTOOLCHAIN: 'local' } };
  const { Dir: dir, Error: problem } = JSON.parse(execFileSync(go.path, ['mod', 'download', '-json', module], options));
  if (problem) throw new Error(problem);
  for (const folder of ['bin', join('pkg', 'tool', `${os}_${arch}`)]) {
    chmodSync(join(dir, folder), 0o755);
    for (const name of readdirSync(join(dir, folder))) chmodSync(join(dir, folder, name), 0o755);
  }
  return goAt(join(dir, 'bin', 'go'));
}

function findGo() {
  const go = goAt('go') ?? goAt('/usr/local/go/bin/go') ?? installGo();
  if (go === undefined)
    throw new Error(`there is no Go: install Go ${neededGo} or newer, or golang-go and run this again`);
  if (isEnough(go)) return go;
  const newer = fetchToolchain(go);
  if (newer === undefined || !isEnough(newer)) throw new Error(`Go ${neededGo} or newer is needed: install it`);
  return newer;
}

function build(go) {
  say(`building etcd ${version}; this takes some minutes, once`);
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'build-'));
  try {
    for (const name of ['main.go', 'go.mod', 'go.sum']) copyFileSync(join(source, name), join(dir, name));
    const env = { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
    // A Go that was set up elsewhere must not lend its library to this one.
    delete env.GOROOT;
    execFileSync(go.path, ['build', '-mod=readonly', '-trimpath', '-o', 'etcd', '.'], {
      cwd: dir,
      env,
      stdio: ['ignore', 2, 2],
    });
    renameSync(join(dir, 'etcd'), program);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

try {
  if (!isThere(program)) build(findGo());
  console.log(program);
} catch (error) {
  say(`no current etcd: ${error.stderr || error.message}`);
  // Without $CI its tests are skipped by name; with it nothing may be skipped.
  if (process.env.CI) process.exitCode = 1;
}
