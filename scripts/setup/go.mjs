// Finds a Go that is new enough to build the tests' servers, or brings one.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const say = (text) => console.error(`setup: ${text}`);
const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };

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

function isEnough({ numbers }, neededGo) {
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
function fetchToolchain(go, neededGo) {
  const toolchain = `go${neededGo}`;
  const os = process.platform;
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
  const module = `golang.org/toolchain@v0.0.1-${toolchain}.${os}-${arch}`;
  say(`fetching ${toolchain}: the installed Go is ${go.numbers.join('.')}`);
  const options = { ...quiet, cwd: tmpdir(), env: { ...process.env, GOTOOLCHAIN: 'local' } };
  const { Dir: dir, Error: problem } = JSON.parse(execFileSync(go.path, ['mod', 'download', '-json', module], options));
  if (problem) throw new Error(problem);
  for (const folder of ['bin', join('pkg', 'tool', `${os}_${arch}`)]) {
    chmodSync(join(dir, folder), 0o755);
    for (const name of readdirSync(join(dir, folder))) chmodSync(join(dir, folder, name), 0o755);
  }
  return goAt(join(dir, 'bin', 'go'));
}

/**
 * A Go of at least that version: an installed one, or on Debian as root one that is installed, or the toolchain that it fetches.
 * Throws with what to install.
 */
export function findGo(neededGo) {
  const go = goAt('go') ?? goAt('/usr/local/go/bin/go') ?? installGo();
  if (go === undefined)
    throw new Error(`there is no Go: install Go ${neededGo} or newer, or golang-go and run this again`);
  if (isEnough(go, neededGo)) return go;
  const newer = fetchToolchain(go, neededGo);
  if (newer === undefined || !isEnough(newer, neededGo))
    throw new Error(`Go ${neededGo} or newer is needed: install it`);
  return newer;
}
